import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pickEngine } from '../../server/inference/engines/pick-engine.js';
import { sha256 } from '../../server/inference/manifest.js';
import { loadCtModel, type CtManifest } from '../../server/inference/slices/manifest.js';
import { figureInput } from '../../server/inference/slices/slice-input.js';
import { readPicture } from '../dataset.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import type { Figure } from './data.js';
import type { CtFigures } from './figures.js';
import { loggedEpochs } from './fit-part.js';
import { measureGap } from './gap.js';
import { judgeGenerated } from './generated.js';
import { ctLabels, type CtTrainOptions } from './options.js';
import { sliceInputOf } from './prepare.js';
import { chooseRule, type RuleTry } from './series-rule.js';

/** What series are judged by until the rule has been chosen; its thresholds for contradictions stay. */
const plainSeries: CtManifest['series'] = {
  strongest: 5,
  slope: 1,
  intercept: 0,
  halfWidth: 1,
  involvedFrom: 10,
  // What is measured of clear generated lungs is up to 1.9 percentage points off (docs/ct.md).
  clearBelow: 3,
};

/**
 * Writes all that comes after the network, which is in `options.out` already: the series rule chosen on generated
 * series, the gap between those and the training figures, the manifest, and the record of the training.
 */
export async function finishCt(
  options: CtTrainOptions,
  figures: readonly Figure[],
  folds: Pick<CtManifest, 'temperature' | 'thresholds'> & { figures: CtFigures },
  progress: Progress,
): Promise<CtManifest> {
  const { out, version, size, seed } = options;
  const files: Record<string, string> = {};
  for (const name of ['model.json', 'weights.bin']) files[name] = sha256(await readFile(join(out, name)));
  const groups = new Set(figures.map(({ groupId }) => groupId)).size;
  const manifest: CtManifest = {
    format: 1,
    id: 'ct-mobilenet-v1',
    version,
    task: 'ct-triage',
    labels: [...ctLabels],
    input: sliceInputOf(size),
    temperature: folds.temperature,
    series: plainSeries,
    thresholds: folds.thresholds,
    files,
    trainingData:
      `${figures.length} figures of CT slices at display windows from ${groups} documents: the training split of ` +
      'COVID-CT-Dataset (Zhao et al. 2020, arXiv:2003.13865)',
    licence: 'Apache-2.0',
    createdAt: new Date().toISOString(),
  };
  const writeJson = (name: string, value: object) =>
    writeFile(join(out, name), `${JSON.stringify(value, null, 2)}\n`);
  await writeJson('manifest.json', manifest);
  const engine = await pickEngine('tensorflow');
  let tries: RuleTry[];
  try {
    await engine.load(out);
    const model = await loadCtModel(out);
    const seen: { features: Float32Array; groupId: string }[] = [];
    for (const { file, groupId } of figures) {
      const [output] = await engine.infer([figureInput(await readPicture(file), manifest.input)]);
      if (output) seen.push({ features: output.features, groupId });
    }
    const series = await judgeGenerated(engine, model, progress);
    await writeJson('gap.json', measureGap(seen, series, manifest.thresholds.covid));
    const chosen = chooseRule(series, plainSeries, createRandom(seed));
    manifest.series = chosen.rule;
    tries = chosen.tries;
  } finally {
    engine.dispose();
  }
  await writeJson('manifest.json', manifest);
  const local = { data: undefined, weights: undefined, out: undefined, run: undefined, cache: undefined };
  await writeJson('training.json', {
    options: { ...options, ...local },
    figures: { slices: figures.length, groups },
    folds: { temperature: folds.temperature, thresholds: folds.thresholds, figures: folds.figures },
    seriesRules: tries,
    epochs: await loggedEpochs(options.run, 'fold-1'),
  });
  return manifest;
}
