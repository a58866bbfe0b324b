import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../server/errors.js';
import { pickEngine, type EngineChoice } from '../../server/inference/engines/pick-engine.js';
import { sliceProbability } from '../../server/inference/slices/judge-slice.js';
import { loadCtModel, type LoadedCtModel } from '../../server/inference/slices/manifest.js';
import { figureInput } from '../../server/inference/slices/slice-input.js';
import type { Engine, Picture } from '../../server/inference/types.js';
import { readPicture } from '../dataset.js';
import type { Progress } from '../progress.js';
import type { Interval } from '../statistics/bootstrap.js';
import { reliability, type ReliabilityBin } from '../statistics/calibration.js';
import { rocCurve, type RocPoint } from '../statistics/ranking.js';
import { borderProbe, onlyBorder, withoutBorder, type BorderProbe } from './borders.js';
import { ctModelCard } from './card.js';
import { readFigures, type Figure } from './data.js';
import { ctFigures, type CtFigures, type JudgedFigure } from './figures.js';
import { ctReportPage } from './page.js';
import { readGap, type Gap } from './gap.js';

export interface CtEvaluateOptions {
  /** Folder with manifest.csv and images/. */
  data: string;
  /** Folder of the model. */
  model: string;
  engine: EngineChoice;
  /** Whether report.html, report.json, predictions.csv and MODEL_CARD.md are written. */
  write: boolean;
  /** Where to; the model's folder unless told. */
  out?: string;
  /** Of each bootstrap; 1000 unless told. */
  resamples?: number;
}

/** Everything that is known of how well a CT model judges slices. */
export interface CtEvaluation {
  model: { id: string; version: string; digest: string; task: 'ct-triage'; labels: string[] };
  createdAt: string;
  command: string;
  engine: string;
  threshold: number;
  resamples: number;
  heldOut: CtFigures;
  roc: RocPoint[];
  reliability: ReliabilityBin[];
  /** From the training's folds: figures of the training split judged by networks that have not seen their document. */
  folds: CtFigures | null;
  shortcuts: {
    probe: BorderProbe;
    /** The held-out figures with a part of each hidden. */
    views: { name: string; accuracy: Interval | null; areaUnderRoc: Interval | null }[];
  };
  /** How served slices differ from the training figures; null when it was not measured. */
  gap: Gap | null;
  /** Figures that are judged most wrongly. */
  hardest: { name: string; truth: string; covidProbability: number }[];
}

const batchSize = 16;

async function judgeFigures(
  engine: Engine,
  { manifest }: LoadedCtModel,
  figures: readonly Figure[],
  change: (picture: Picture) => Picture,
): Promise<JudgedFigure[]> {
  const judged: JudgedFigure[] = [];
  for (let from = 0; from < figures.length; from += batchSize) {
    const batch = figures.slice(from, from + batchSize);
    const pictures = await Promise.all(batch.map(({ file }) => readPicture(file)));
    const outputs = await engine.infer(pictures.map((one) => figureInput(change(one), manifest.input)));
    batch.forEach(({ name, groupId, label }, i) => {
      const output = outputs[i];
      if (!output) throw new Error('the engine left a figure out');
      judged.push({ name, groupId, label, covidProbability: sliceProbability(output, manifest) });
    });
  }
  return judged;
}

/** Six decimals say all that a few hundred figures can. */
const rounded = (_key: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(6)) : value;

/**
 * Judges the held-out figures with the engine and preparation that serve and writes report.html, report.json,
 * predictions.csv and MODEL_CARD.md.
 *
 * @throws DomainError USAGE for data without held-out figures
 */
export async function evaluateCt(options: CtEvaluateOptions, progress: Progress): Promise<CtEvaluation> {
  const model = await loadCtModel(options.model);
  const { manifest } = model;
  const all = await readFigures(options.data);
  const figures = all.filter(({ split }) => split === 'val');
  if (figures.length === 0) throw new DomainError('USAGE', 'the manifest holds no figure in split val');
  const engine = await pickEngine(options.engine);
  try {
    await engine.load(options.model);
    const draws = { resamples: options.resamples ?? 1000 };
    const threshold = manifest.thresholds.covid;
    const judge = (change: (picture: Picture) => Picture = (one) => one) =>
      judgeFigures(engine, model, figures, change);
    const judged = await judge();
    const views = [];
    for (const [name, change] of [
      ['only the outer tenth on each side', onlyBorder],
      ['without the outer tenth on each side', withoutBorder],
    ] as const) {
      const { accuracy, areaUnderRoc } = ctFigures(await judge(change), threshold, draws);
      views.push({ name, accuracy, areaUnderRoc });
    }
    progress.line(`${figures.length} held-out figures judged`);
    const scores = judged.map(({ covidProbability }) => covidProbability);
    const positive = judged.map(({ label }) => label === 0);
    const { name } = engine.describe();
    const wrongness = ({ label, covidProbability: p }: JudgedFigure) => (label === 0 ? 1 - p : p);
    const result: CtEvaluation = {
      model: {
        ...{ id: manifest.id, version: manifest.version, digest: model.digest },
        ...{ task: manifest.task, labels: manifest.labels },
      },
      createdAt: new Date().toISOString(),
      command: `npm run cli -- evaluate --task ct --data <folder> --engine ${name}`,
      engine: name,
      threshold,
      resamples: draws.resamples,
      heldOut: ctFigures(judged, threshold, draws),
      roc: rocCurve(scores, positive),
      reliability: reliability(scores, positive, 6),
      folds: await readFolds(options.model),
      shortcuts: {
        probe: await borderProbe(
          all.filter(({ split }) => split === 'train'),
          draws,
        ),
        views,
      },
      gap: await readGap(options.model),
      hardest: [...judged]
        .sort((a, b) => wrongness(b) - wrongness(a))
        .slice(0, 12)
        .map(({ name: file, label, covidProbability }) => ({
          ...{ name: file, truth: manifest.labels[label], covidProbability },
        })),
    };
    if (options.write) await write(options.out ?? options.model, model, result, judged);
    return result;
  } finally {
    engine.dispose();
  }
}

async function write(
  out: string,
  { manifest }: LoadedCtModel,
  result: CtEvaluation,
  judged: readonly JudgedFigure[],
): Promise<void> {
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'report.json'), `${JSON.stringify(result, rounded, 2)}\n`);
  await writeFile(join(out, 'report.html'), await ctReportPage(result));
  const rows = judged.map(
    ({ name, groupId, label, covidProbability }) =>
      `${name},"${groupId.replaceAll('"', '""')}",${manifest.labels[label]},${covidProbability.toFixed(6)}`,
  );
  await writeFile(join(out, 'predictions.csv'), `${['image,group,truth,p_COVID', ...rows].join('\n')}\n`);
  await writeFile(join(out, 'MODEL_CARD.md'), ctModelCard(manifest, result));
}

/** What the training wrote of its folds. */
async function readFolds(folder: string): Promise<CtFigures | null> {
  const text = await readFile(join(folder, 'training.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as { folds: { figures: CtFigures } }).folds.figures;
}
