import type { Heads } from '../server/inference/manifest.js';
import { dot, mean, quantile } from '../server/inference/numbers.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Random } from './random.js';

/** Logistic regression on standardised features by full-batch Adam with ridge penalty. */
export function fitLogistic(
  tf: TensorFlow,
  features: number[][],
  truth: number[],
  labels: number,
  options: { weights?: number[]; penalty: number; steps: number },
): { weights: number[][]; bias: number[] } {
  const width = features[0]?.length ?? 0;
  const kernel = tf.variable(tf.zeros([width, labels]));
  const bias = tf.variable(tf.zeros([labels]));
  const x = tf.tensor2d(features);
  const y = tf.oneHot(tf.tensor1d(truth, 'int32'), labels);
  const sampleWeights = tf.tensor1d(options.weights ?? truth.map(() => 1));
  const optimizer = tf.train.adam(0.01);
  for (let step = 0; step < options.steps; step++) {
    optimizer.minimize(
      () =>
        tf.losses
          .softmaxCrossEntropy(y, x.matMul(kernel).add(bias), sampleWeights)
          .add(kernel.square().sum().mul(options.penalty))
          .asScalar(),
      false,
      [kernel as never, bias as never],
    );
  }
  const result = {
    weights: (kernel.transpose().arraySync() as number[][]).map(rounded),
    bias: rounded(bias.arraySync() as number[]),
  };
  tf.dispose([kernel, bias, x, y, sampleWeights]);
  optimizer.dispose();
  return result;
}

function rounded(values: number[]): number[] {
  return values.map((value) => Number(value.toPrecision(5)));
}

/** Mean and deviation of each feature; a feature that never varies keeps deviation 1. */
export function standardisation(features: number[][]): { mean: number[]; deviation: number[] } {
  const width = features[0]?.length ?? 0;
  const means = Array.from({ length: width }, (_, i) => mean(features.map((row) => row[i] ?? 0)));
  const deviations = means.map((centre, i) =>
    Math.sqrt(mean(features.map((row) => ((row[i] ?? 0) - centre) ** 2))),
  );
  return { mean: rounded(means), deviation: rounded(deviations.map((value) => (value < 1e-4 ? 1 : value))) };
}

/** Features in deviations from the mean, with the same shape: films by features. */
export function standardise(
  features: number[][],
  { mean: centre, deviation }: Pick<Heads, 'mean' | 'deviation'>,
) {
  return features.map((row) => row.map((value, i) => (value - (centre[i] ?? 0)) / (deviation[i] ?? 1)));
}

/** Leading principal components by orthogonal iteration on the covariance. */
export function principalComponents(tf: TensorFlow, features: number[][], count: number, random: Random) {
  const width = features[0]?.length ?? 0;
  const covariance = tf.tidy(() => {
    const x = tf.tensor2d(features);
    return x.transpose().matMul(x).div(features.length);
  });
  let basis = Array.from({ length: count }, () => Array.from({ length: width }, () => random.normal()));
  for (let iteration = 0; iteration < 30; iteration++) {
    const product = tf.tidy(() => tf.tensor2d(basis).matMul(covariance).arraySync() as number[][]);
    basis = orthonormal(product);
  }
  covariance.dispose();
  const variance = basis.map((row) => mean(features.map((feature) => dot(row, feature) ** 2)));
  return { components: basis.map(rounded), variance: rounded(variance) };
}

function orthonormal(rows: number[][]): number[][] {
  const result: number[][] = [];
  for (const row of rows) {
    let rest = row;
    for (const other of result) {
      const share = dot(rest, other);
      rest = rest.map((value, i) => value - share * (other[i] ?? 0));
    }
    const norm = Math.sqrt(dot(rest, rest)) || 1;
    result.push(rest.map((value) => value / norm));
  }
  return result;
}

/** Ridge regression in its dual form: cheap when there are fewer films than features. */
export function fitRidge(features: number[][], targets: number[][], penalty: number) {
  const n = features.length;
  const outputs = targets[0]?.length ?? 0;
  const bias = Array.from({ length: outputs }, (_, k) => mean(targets.map((row) => row[k] ?? 0)));
  const kernel = features.map((a, i) => features.map((b, j) => dot(a, b) + (i === j ? penalty : 0)));
  const right = targets.map((row) => row.map((value, k) => value - (bias[k] ?? 0)));
  solve(kernel, right);
  const width = features[0]?.length ?? 0;
  const weights = Array.from({ length: outputs }, (_, k) => {
    const row = new Array<number>(width).fill(0);
    for (let i = 0; i < n; i++) {
      const share = right[i]?.[k] ?? 0;
      const feature = features[i] ?? [];
      for (let j = 0; j < width; j++) row[j] = (row[j] ?? 0) + share * (feature[j] ?? 0);
    }
    return rounded(row);
  });
  return { weights, bias: rounded(bias) };
}

/** Solves a * x = b for a symmetric positive definite a by Gaussian elimination; b becomes x. */
function solve(a: number[][], b: number[][]): void {
  const n = a.length;
  for (let i = 0; i < n; i++) {
    const pivotRow = a[i] ?? [];
    const pivot = pivotRow[i] ?? 1;
    for (let r = 0; r < n; r++) {
      const row = a[r];
      if (r === i || !row) continue;
      const factor = (row[i] ?? 0) / pivot;
      if (factor === 0) continue;
      for (let c = i; c < n; c++) row[c] = (row[c] ?? 0) - factor * (pivotRow[c] ?? 0);
      const target = b[r] ?? [];
      (b[i] ?? []).forEach((value, k) => {
        target[k] = (target[k] ?? 0) - factor * value;
      });
    }
  }
  for (let i = 0; i < n; i++) b[i] = (b[i] ?? []).map((value) => value / (a[i]?.[i] ?? 1));
}

/** Cross-validated ridge by patient: picks the penalty and gives the spread of the residuals of the total. */
export function fitSeverity(
  features: number[][],
  zones: number[][],
  patients: string[],
): { head: NonNullable<Heads['severity']>; meanAbsoluteError: number; correlation: number; films: number } {
  const total = (row: number[]) => row.reduce((sum, value) => sum + value, 0);
  const groups = [...new Set(patients)];
  const foldOf = new Map(groups.map((patient, index) => [patient, index % 5]));
  let best: { penalty: number; residuals: number[]; guesses: number[] } | null = null;
  for (const penalty of [300, 1000, 3000, 10000, 30000]) {
    const guesses = new Array<number>(features.length).fill(0);
    for (let part = 0; part < 5; part++) {
      const inside = patients.flatMap((patient, i) => (foldOf.get(patient) === part ? [] : [i]));
      const model = fitRidge(
        inside.map((i) => features[i] ?? []),
        inside.map((i) => zones[i] ?? []),
        penalty,
      );
      patients.forEach((patient, i) => {
        if (foldOf.get(patient) !== part) return;
        const guess = model.weights.map((row, k) => dot(row, features[i] ?? []) + (model.bias[k] ?? 0));
        guesses[i] = total(guess.map((value) => Math.min(3, Math.max(0, value))));
      });
    }
    const residuals = guesses.map((guess, i) => Math.abs(guess - total(zones[i] ?? [])));
    if (best === null || mean(residuals) < mean(best.residuals)) best = { penalty, residuals, guesses };
  }
  const chosen = best ?? { penalty: 1000, residuals: [0], guesses: [] };
  const truths = zones.map(total);
  return {
    head: {
      ...fitRidge(features, zones, chosen.penalty),
      halfWidth: Number(quantile(chosen.residuals, 0.9).toFixed(2)),
    },
    meanAbsoluteError: mean(chosen.residuals),
    correlation: pearson(chosen.guesses, truths),
    films: features.length,
  };
}

function pearson(a: number[], b: number[]): number {
  const ma = mean(a);
  const mb = mean(b);
  const covariance = mean(a.map((value, i) => (value - ma) * ((b[i] ?? 0) - mb)));
  return covariance / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)) || 1);
}

/** Temperature that minimises the cross-entropy on held-out logits, by golden-section search. */
export function fitTemperature(logits: number[][], truth: number[]): number {
  const loss = (temperature: number) =>
    mean(
      logits.map((row, i) => {
        const scaled = row.map((value) => value / temperature);
        const top = Math.max(...scaled);
        return (
          Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - top), 0)) +
          top -
          (scaled[truth[i] ?? 0] ?? 0)
        );
      }),
    );
  let low = 0.2;
  let high = 5;
  for (let i = 0; i < 60; i++) {
    const a = high - (high - low) * 0.618;
    const b = low + (high - low) * 0.618;
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Number(((low + high) / 2).toFixed(4));
}
