import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { interpret } from '../server/inference/interpret.js';
import { loadModel } from '../server/inference/manifest.js';
import { isWithoutContent, toModelInput } from '../server/inference/preprocess.js';
import { pickEngine, type EngineChoice } from '../server/inference/engines/pick-engine.js';
import type { Prediction } from '../server/inference/types.js';
import { augment, unsuitable, unsuitableKinds } from './augment.js';
import { isFrontal, readManifest, readPicture, type Example } from './dataset.js';
import { report, wilson, type Judged } from './metrics.js';
import type { Progress } from './progress.js';
import { createRandom } from './random.js';
import { modelCard } from './card.js';

/** Judges the held-out split through the serving path and writes report.json and MODEL_CARD.md into the model folder. */
export async function evaluate(
  options: { data: string; model: string; engine: EngineChoice; write: boolean },
  progress: Progress,
) {
  const model = await loadModel(options.model);
  const engine = await pickEngine(options.engine);
  await engine.load(options.model);
  const { labels, input } = model.manifest;
  const held = (await readManifest(options.data)).filter(({ split }) => split === 'val');
  const films = held.filter((example) => isFrontal(example) && example.label !== null);
  const nothing = { modality: null, viewPosition: null, bodyPartExamined: null };
  const judge = async (
    picture: Awaited<ReturnType<typeof readPicture>>,
  ): Promise<Prediction & { blank: boolean }> => {
    const [output] = await engine.infer([toModelInput(picture, input)]);
    if (!output) throw new Error('the engine gave nothing');
    return { ...interpret(output, model, nothing, picture), blank: isWithoutContent(picture) };
  };
  const step = progress.stage('held-out films', films.length);
  const judged: Judged[] = [];
  const severityErrors: { score: number; truth: number }[] = [];
  let refused = 0;
  for (const [index, film] of films.entries()) {
    const prediction = await judge(await readPicture(film.file));
    const of = (code: string) => prediction.findings.find((finding) => finding.code === code);
    judged.push({
      truth: film.label ?? '',
      predicted: prediction.findings[0]?.code ?? '',
      probabilities: labels.map((code) => of(code)?.probability ?? 0),
      source: film.source,
    });
    if (prediction.abstainCode !== null || prediction.blank) refused++;
    if (film.zones && prediction.severity) {
      severityErrors.push({ score: prediction.severity.score, truth: film.zones.reduce((a, b) => a + b, 0) });
    }
    step(index + 1);
  }
  const laterals = held.filter((example) => !isFrontal(example));
  const gate: Record<string, { refused: number; of: number }> = {};
  const count = (kind: string, prediction: Prediction & { blank: boolean }) => {
    const entry = (gate[kind] ??= { refused: 0, of: 0 });
    entry.of++;
    if (prediction.abstainCode !== null || prediction.blank) entry.refused++;
  };
  for (const film of laterals) count('lateral', await judge(await readPicture(film.file)));
  const sample: Example[] = films.filter((_, index) => index % 6 === 0);
  for (const [index, film] of sample.entries()) {
    const picture = await readPicture(film.file);
    for (const kind of unsuitableKinds) {
      count(kind, await judge(unsuitable(picture, kind, createRandom(90_001 + index)).picture));
    }
    count('frontal, moved and re-exposed (should pass)', await judge(augment(picture, createRandom(index))));
  }
  const result = {
    model: { id: model.manifest.id, version: model.manifest.version, digest: model.digest },
    engine: engine.describe().name,
    heldOut: { films: films.length },
    ...report(judged, labels),
    goodFilmsRefused: wilson(refused, films.length),
    unsuitableRefused: Object.fromEntries(
      Object.entries(gate).map(([kind, g]) => [kind, wilson(g.refused, g.of)]),
    ),
    severity: {
      films: severityErrors.length,
      meanAbsoluteError:
        severityErrors.reduce((sum, { score, truth }) => sum + Math.abs(score - truth), 0) /
        (severityErrors.length || 1),
    },
  };
  if (options.write) {
    await writeFile(join(options.model, 'report.json'), `${JSON.stringify(result, null, 2)}\n`);
    await writeFile(join(options.model, 'MODEL_CARD.md'), modelCard(model.manifest, result));
  }
  engine.dispose();
  return result;
}

export type Evaluation = Awaited<ReturnType<typeof evaluate>>;
