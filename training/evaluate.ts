import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../server/errors.js';
import { pickEngine, type EngineChoice } from '../server/inference/engines/pick-engine.js';
import { loadModel, type LoadedModel } from '../server/inference/manifest.js';
import type { Engine, Picture } from '../server/inference/types.js';
import { modelCard } from './card.js';
import { isFrontal, readPicture } from './dataset.js';
import { costFigures } from './evaluation/cost.js';
import * as figures from './evaluation/figures.js';
import { readFilms, type Film } from './evaluation/films.js';
import { judgeGate } from './evaluation/gate.js';
import { createJudge, type Judge } from './evaluation/judging.js';
import { findLeaks } from './evaluation/leaks.js';
import { lungMask, shareInside } from './evaluation/lungs.js';
import { predictionsFile, writePredictions } from './evaluation/predictions.js';
import { findShortcuts } from './evaluation/shortcuts.js';
import { thumbnailsOf } from './evaluation/thumbnails.js';
import { readTrainingLog } from './evaluation/training-log.js';
import type { Evaluation, JudgedFilm } from './evaluation/types.js';
import { report, wilson } from './metrics.js';
import type { Progress } from './progress.js';
import { reportPage } from './report/page.js';

export type { Evaluation } from './evaluation/types.js';

export interface EvaluateOptions {
  /** Folder with manifest.csv and images/. */
  data: string;
  /** Folder of the model. */
  model: string;
  engine: EngineChoice;
  /** Whether report.html, report.json, predictions.csv and MODEL_CARD.md are written. */
  write: boolean;
  /** Where to; the model's folder unless told. */
  out?: string;
  /** Run folder with log.jsonl, for the training curves. */
  run?: string;
  /** Embeds the hardest films in report.html. They are patients' pictures: only with `out`, never beside a model. */
  thumbnails?: boolean;
  /** Of each bootstrap; 1000 unless told. */
  resamples?: number;
}

const batchSize = 16;

/** The films that the figures are about, judged, with what the shortcut section needs of them. */
async function judgeFilms(
  judge: Judge,
  films: readonly Film[],
  labels: readonly string[],
  progress: Progress,
) {
  const judged: JudgedFilm[] = [];
  const features: Float32Array[] = [];
  const lungShares: { share: number; area: number }[] = [];
  const sample: Picture[] = [];
  await judge.all(
    films.length,
    (index) => readPicture(films[index]?.file ?? ''),
    (index, verdict, picture) => {
      const film = films[index];
      if (!film) return;
      const { findings, abstainCode, severity, heatmap } = verdict.prediction;
      const of = (code: string) => findings.find((finding) => finding.code === code);
      judged.push({
        film,
        truth: film.label ?? '',
        predicted: findings[0]?.code ?? '',
        probabilities: labels.map((code) => of(code)?.probability ?? 0),
        ends: labels.map((code) => ({ low: of(code)?.low ?? 0, high: of(code)?.high ?? 1 })),
        source: film.source,
        abstainCode,
        severity,
      });
      features.push(verdict.features);
      lungShares.push(shareInside(heatmap, lungMask(picture)));
      if (index % Math.ceil(films.length / 40) === 0) sample.push(picture);
    },
    progress.stage('held-out films', films.length),
  );
  return { judged, features, lungShares, sample };
}

async function measure(
  options: EvaluateOptions,
  model: LoadedModel,
  engine: Engine,
  judge: Judge,
  progress: Progress,
): Promise<{ result: Evaluation; judged: JudgedFilm[] }> {
  const started = performance.now();
  const { manifest } = model;
  const { labels } = manifest;
  const all = await readFilms(options.data);
  const heldOut = all.filter(({ split }) => split === 'val');
  const films = heldOut.filter((film) => isFrontal(film) && film.label !== null);
  if (films.length === 0)
    throw new DomainError('USAGE', 'the manifest holds no labelled frontal film in split val');
  await engine.warmUp([batchSize, 1]);
  const { judged, features, lungShares, sample } = await judgeFilms(judge, films, labels, progress);
  const time = judge.time();
  const singleMs = await judge.single(sample);
  const unsuitableRefused = await judgeGate(judge, options.data, heldOut, progress);
  const shortcuts = await findShortcuts(judge, judged, features, lungShares, progress);
  const leaks = await findLeaks(all, (total) => progress.stage('leak check', total));
  const draws = { resamples: options.resamples ?? 1000 };
  const passed = judged.filter(({ abstainCode }) => abstainCode === null);
  const { name } = engine.describe();
  const result: Evaluation = {
    model: { id: manifest.id, version: manifest.version, digest: model.digest, task: manifest.task, labels },
    createdAt: new Date().toISOString(),
    command: `npm run cli -- evaluate --data <folder> --engine ${name}`,
    engine: name,
    heldOut: {
      films: films.length,
      patients: new Set(films.map(({ patientId }) => patientId)).size,
      resamples: draws.resamples,
    },
    ...report(judged, labels),
    ...figures.overall(judged, labels, draws),
    accuracyWhenJudged: wilson(
      passed.filter(({ truth, predicted }) => truth === predicted).length,
      passed.length,
    ),
    ranking: figures.ranking(judged, labels, draws),
    calibration: figures.calibration(judged, labels, draws),
    intervals: figures.intervals(judged, labels),
    goodFilmsRefused: wilson(judged.length - passed.length, judged.length),
    unsuitableRefused,
    severity: figures.severityFigures(judged, model.heads.severity?.cutPoints ?? [7, 13], draws),
    subgroups: figures.subgroups(judged, labels, draws),
    protocol: figures.protocolFigures(judged, labels),
    shortcuts,
    leaks,
    hardest: figures.hardest(judged, labels),
    training: await readTrainingLog([...(options.run === undefined ? [] : [options.run]), options.model]),
    cost: await costFigures(model, engine.describe(), time, {
      batchSize,
      singleMs,
      evaluationSeconds: (performance.now() - started) / 1000,
    }),
  };
  return { result, judged };
}

/** Six decimals say all that a few hundred films can. */
const rounded = (_key: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(6)) : value;

/**
 * Judges the held-out split through the serving path and writes report.html, report.json, predictions.csv and
 * MODEL_CARD.md.
 *
 * @throws DomainError USAGE for data without held-out films, a model of another task, thumbnails without `out`
 */
export async function evaluate(options: EvaluateOptions, progress: Progress): Promise<Evaluation> {
  if (options.thumbnails === true && options.out === undefined) {
    throw new DomainError(
      'USAGE',
      'pictures never go into a model folder: name another one to write them to',
    );
  }
  const model = await loadModel(options.model);
  if (model.manifest.task !== 'cxr-triage') {
    throw new DomainError(
      'USAGE',
      `${model.manifest.id} is a model for ${model.manifest.task}, not chest X-rays`,
    );
  }
  const engine = await pickEngine(options.engine);
  try {
    await engine.load(options.model);
    const judge = createJudge(engine, model, batchSize);
    const { result, judged } = await measure(options, model, engine, judge, progress);
    if (options.write) {
      const out = options.out ?? options.model;
      const thumbnails =
        options.thumbnails === true ? await thumbnailsOf(judge, result.hardest, options.data) : new Map();
      await mkdir(out, { recursive: true });
      await writeFile(join(out, 'report.json'), `${JSON.stringify(result, rounded, 2)}\n`);
      await writeFile(join(out, 'report.html'), await reportPage(result, thumbnails));
      await writePredictions(join(out, predictionsFile), judged, model.manifest.labels);
      await writeFile(join(out, 'MODEL_CARD.md'), modelCard(model.manifest, result));
    }
    return result;
  } finally {
    engine.dispose();
  }
}
