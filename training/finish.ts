import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Heads, ModelManifest } from '../server/inference/manifest.js';
import { mean, quantile, softmax } from '../server/inference/numbers.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Network } from './backbone.js';
import { isFrontal, readPicture, type Example } from './dataset.js';
import type { Fitted } from './fit.js';
import { fitGate, gateSets, movedFold, type GateExample } from './gate.js';
import { fitTemperature, standardisation, standardise } from './heads.js';
import { fitIntervals } from './intervals.js';
import { labels, type TrainOptions } from './options.js';
import { passAll, passZones, type Passed } from './passes.js';
import type { Sets } from './prepare.js';
import type { Progress } from './progress.js';
import type { Random } from './random.js';
import { saveManifest, saveNetwork } from './save.js';
import { withSeverity } from './served-network.js';
import { cutPoints, fitSeverity, type SeverityFit } from './severity.js';

/** Training films that the heads on the features are fitted to: more change nothing and cost minutes. */
const mostForHeads = 1500;
/** Normal films that anchor severity at 0. */
const healthyFilms = 20;
const fewestGraded = 20;

/**
 * Fits everything that comes after the network, on pictures as they are served: temperature, operating points and
 * thresholds on the fold, the rest on the training pictures; writes network, heads and manifest to `options.out`.
 */
export async function finish(
  tf: TensorFlow,
  network: Network,
  sets: Sets,
  options: TrainOptions,
  fitted: Fitted,
  random: Random,
  progress: Progress,
): Promise<ModelManifest> {
  const { training, fold, input, lungs } = sets;
  const pass = (name: string, count: number, picture: Parameters<typeof passAll>[5]) =>
    passAll(tf, network, sets, `features, ${name}`, count, picture, progress);
  const read = (list: Example[]) => (index: number) => readPicture(list[index]?.file ?? '');
  const films = training.slice(0, mostForHeads);
  const trained = await pass('training', films.length, read(films));
  const held = await pass('fold', fold.length, read(fold));
  const scale = standardisation(trained.map(({ features }) => features));
  const standard = (list: Passed[]) =>
    standardise(
      list.map(({ features }) => features),
      scale,
    );
  const examples = (list: Passed[]) =>
    standard(list).map((features, i) => ({ features, correlation: list[i]?.correlation ?? 0 }));
  const moved: GateExample[] = [];
  const others: (GateExample & { label: string })[] = [];
  for (const { name, label, count, picture } of await gateSets(options.data, sets, random)) {
    examples(await pass(name, count, picture)).forEach((example, index) => {
      if (label(index) === 'FRONTAL') moved.push(example);
      else others.push({ ...example, label: label(index) });
    });
  }
  progress.line('fitting the heads');
  const elsewhere = movedFold(sets);
  const good = [...examples(held), ...examples(await pass('moved fold', elsewhere.count, elsewhere.picture))];
  const gate = fitGate(tf, examples(trained), moved, others, good, random);
  const foldTruth = fold.map(({ label }) => labels.indexOf(label ?? ''));
  const temperature = fitTemperature(
    held.map(({ logits }) => logits),
    foldTruth,
  );
  const probabilities = held.map(({ logits }) => softmax(logits.map((logit) => logit / temperature)));
  const intervals = labels.map((_label, k) =>
    fitIntervals(
      probabilities.map((row) => row[k] ?? 0),
      foldTruth.map((truth) => truth === k),
    ),
  );
  const severity = await gradeSeverity(tf, network, sets, random, progress);
  await saveNetwork(
    severity === null
      ? network.whole
      : withSeverity(
          tf,
          network,
          severity.stages.map(({ channels }) => channels),
        ),
    options.out,
  );
  const heads: Heads = { ...scale, ...gate.heads, intervals, severity: severity?.head ?? null };
  const operatingPoints = operatingPointsOf(
    probabilities.map((row) => row[0] ?? 0),
    foldTruth,
  );
  const manifest = await saveManifest(
    options.out,
    {
      format: 1,
      id: 'cxr-mobilenet-v1',
      version: options.version,
      task: 'cxr-triage',
      labels,
      input,
      lungs,
      temperature,
      thresholds: { ...gate.thresholds, severity: severity && cutPoints },
      operatingPoints,
      trainingData: `${training.length} frontal films, ${fold.length} more for early stopping and calibration`,
      licence: 'Apache-2.0',
      createdAt: new Date().toISOString(),
    },
    heads,
  );
  const summary = {
    // Paths of the machine that trained it say nothing of the model.
    options: {
      ...options,
      data: undefined,
      weights: undefined,
      out: undefined,
      run: undefined,
      cache: undefined,
    },
    pictures: { training: training.length, fold: fold.length },
    ...fitted,
    fold: figuresOf(probabilities, foldTruth),
    temperature,
    operatingPoints,
    severityCrossValidation: severity && {
      films: severity.films,
      penalties: severity.stages.map(({ penalty }) => penalty),
      meanAbsoluteError: severity.meanAbsoluteError,
      correlation: severity.correlation,
    },
  };
  await writeFile(join(options.out, 'training.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return manifest;
}

/** Accuracy, sensitivity of each label, and expected calibration error over ten bins (Guo et al. 2017) on the fold. */
function figuresOf(probabilities: number[][], truth: number[]) {
  const top = probabilities.map((row) => Math.max(...row));
  const right = probabilities.map((row, i) => (row.indexOf(top[i] ?? 0) === truth[i] ? 1 : 0));
  const bins = Array.from({ length: 10 }, () => 0);
  top.forEach((confidence, i) => {
    const bin = Math.min(9, Math.floor(confidence * 10));
    bins[bin] = (bins[bin] ?? 0) + confidence - (right[i] ?? 0);
  });
  return {
    accuracy: mean(right),
    sensitivity: Object.fromEntries(
      labels.map((label, k) => [label, mean(right.filter((_, i) => truth[i] === k))]),
    ),
    calibrationError: bins.reduce((sum, bin) => sum + Math.abs(bin), 0) / Math.max(1, top.length),
  };
}

/** Fits severity on the graded films of the training split; null when there are too few. */
async function gradeSeverity(
  tf: TensorFlow,
  network: Network,
  sets: Sets,
  random: Random,
  progress: Progress,
): Promise<SeverityFit | null> {
  const graded = sets.all.filter((example) => isFrontal(example) && example.zones !== null);
  if (graded.length < fewestGraded) return null;
  // Children's films are of another size and are never graded by this score.
  const healthy = sets.training.filter(({ label, source }) => label === 'NORMAL' && source !== 'kermany');
  const rows = await passZones(tf, network, sets, graded);
  const calm = await passZones(tf, network, sets, healthy.slice(0, healthyFilms));
  const films = graded.map(({ patientId, zones, secondZones }, i) => ({
    patient: patientId,
    stages: rows[i] ?? [],
    zones: zones ?? [],
    target: (zones ?? []).map((zone, k) => (zone + (secondZones?.[k] ?? zone)) / 2),
  }));
  const fit = fitSeverity(tf, films, calm, random);
  progress.line(
    `severity, cross-validated on ${fit.films} films: mean absolute error ` +
      `${fit.meanAbsoluteError.toFixed(2)}, r ${fit.correlation.toFixed(2)}`,
  );
  return fit;
}

/**
 * Where to act on the COVID probability: `screening` misses at most 3 % of the fold's COVID films, `confirming`
 * takes at most 2 % of its other films for COVID.
 */
export function operatingPointsOf(
  covid: number[],
  truth: number[],
): NonNullable<ModelManifest['operatingPoints']> {
  const of = (wanted: boolean) => covid.filter((_, i) => (truth[i] === 0) === wanted);
  return {
    screening: Number(quantile(of(true), 0.03).toFixed(4)),
    confirming: Number(quantile(of(false), 0.98).toFixed(4)),
  };
}
