import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../server/errors.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { modelCard } from './card.js';
import { costFigures } from './evaluation/cost.js';
import * as figures from './evaluation/figures.js';
import { readFilms } from './evaluation/films.js';
import { judgeGate } from './evaluation/gate.js';
import { batchSize, judgeFilms, measuredFilms, withModel, type Bench } from './evaluation/held-out.js';
import { findLeaks } from './evaluation/leaks.js';
import { predictionsFile, storedPrediction, writePredictions } from './evaluation/predictions.js';
import { severityFigures } from './evaluation/severity.js';
import { findShortcuts } from './evaluation/shortcuts.js';
import { subgroups } from './evaluation/subgroups.js';
import { thumbnailsOf, type Thumbnail } from './evaluation/thumbnails.js';
import { readTrainingLog } from './evaluation/training-log.js';
import type { Evaluation, JudgedFilm } from './evaluation/types.js';
import { report, wilson } from './metrics.js';
import type { Progress } from './progress.js';
import { reportPage } from './report/page.js';
import { cutPoints } from './severity.js';

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
  /** Shows the hardest films in report.html. They are patients' pictures: only with `out`, never beside a model. */
  thumbnails?: boolean;
  /** Of each bootstrap; 1000 unless told. */
  resamples?: number;
}

async function measure(
  options: EvaluateOptions,
  { model, engine, judge }: Bench,
  progress: Progress,
): Promise<{ result: Evaluation; judged: JudgedFilm[] }> {
  const started = performance.now();
  const { manifest, digest } = model;
  const { labels } = manifest;
  const all = await readFilms(options.data);
  const films = measuredFilms(all);
  const step = progress.stage('held-out films', films.length);
  const { judged, features, lungShares, sample } = await judgeFilms(judge, films, labels, step);
  const time = judge.time();
  const singleMs = await judge.single(sample);
  // Some of them are laterals, which count here only.
  const protocol = await judgeFilms(
    judge,
    all.filter((film) => film.protocolTest && film.split === 'val' && film.label !== null),
    labels,
  );
  const heldOut = all.filter(({ split }) => split === 'val');
  const unsuitableRefused = await judgeGate(judge, options.data, heldOut, progress);
  const shortcuts = await findShortcuts(judge, judged, features, lungShares, progress);
  const leaks = await findLeaks(all, (total) => progress.stage('leak check', total));
  const draws = { resamples: options.resamples ?? 1000 };
  const passed = judged.filter(({ abstainCode }) => abstainCode === null);
  const { name } = engine.describe();
  const result: Evaluation = {
    model: { id: manifest.id, version: manifest.version, digest, task: manifest.task, labels },
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
    severity: severityFigures(judged, manifest.thresholds.severity ?? cutPoints, draws),
    subgroups: subgroups(judged, labels, draws),
    protocol: figures.protocolFigures(protocol.judged, labels),
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
  return withModel(options.model, options.engine, async (bench) => {
    const { result, judged } = await measure(options, bench, progress);
    if (options.write) {
      const { manifest } = bench.model;
      const out = options.out ?? options.model;
      const thumbnails =
        options.thumbnails === true
          ? await thumbnailsOf(bench.judge, result.hardest, options.data)
          : new Map<string, Thumbnail>();
      await mkdir(out, { recursive: true });
      await writeFile(join(out, 'report.json'), `${JSON.stringify(result, rounded, 2)}\n`);
      await writeFile(join(out, 'report.html'), await reportPage(result, thumbnails));
      await writePredictions(join(out, predictionsFile), judged.map(storedPrediction), manifest.labels);
      await writeFile(join(out, 'MODEL_CARD.md'), modelCard(manifest, result));
    }
    return result;
  });
}
