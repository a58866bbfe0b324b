import type { Heads } from '../server/inference/manifest.js';
import { dot, mean } from '../server/inference/numbers.js';
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
export function principalComponents(
  tf: TensorFlow,
  features: number[][],
  count: number,
  random: Random,
  iterations = 30,
) {
  const width = features[0]?.length ?? 0;
  const covariance = tf.tidy(() => {
    const x = tf.tensor2d(features);
    return x.transpose().matMul(x).div(features.length);
  });
  let basis = Array.from({ length: count }, () => Array.from({ length: width }, () => random.normal()));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const product = tf.tidy(() => tf.tensor2d(basis).matMul(covariance).arraySync() as number[][]);
    basis = orthonormal(product);
  }
  covariance.dispose();
  const variance = basis.map((row) => mean(features.map((feature) => dot(row, feature) ** 2)));
  return { components: basis.map(rounded), variance: rounded(variance) };
}

/** Gram-Schmidt, in place: hundreds of rows of a thousand values pass through here. */
function orthonormal(rows: number[][]): number[][] {
  rows.forEach((row, index) => {
    for (let other = 0; other < index; other++) {
      const unit = rows[other] ?? [];
      const share = dot(row, unit);
      for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) - share * (unit[i] ?? 0);
    }
    const norm = Math.sqrt(dot(row, row)) || 1;
    for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) / norm;
  });
  return rows;
}

/** The normal equations of a least-squares fit, kept apart from the penalty so that several can be tried. */
export interface NormalEquations {
  squares: number[][];
  products: number[];
  /** The targets' mean, which is the fit's bias: the features' own means must be near 0. */
  bias: number;
}

export function normalEquations(tf: TensorFlow, features: number[][], targets: number[]): NormalEquations {
  const bias = mean(targets);
  const [squares, products] = tf.tidy(() => {
    const x = tf.tensor2d(features);
    const y = tf.tensor2d(targets.map((target) => [target - bias]));
    const turned = tf.transpose(x);
    return [turned.matMul(x).arraySync(), turned.matMul(y).reshape([-1]).arraySync()];
  }) as [number[][], number[]];
  return { squares, products, bias };
}

/** Ridge regression of one target. */
export function solveRidge(equations: NormalEquations, penalty: number): { weights: number[]; bias: number } {
  const squares = equations.squares.map((row, i) =>
    row.map((value, j) => (i === j ? value + penalty : value)),
  );
  const right = equations.products.map((value) => [value]);
  solve(squares, right);
  return { weights: right.map(([value]) => value ?? 0), bias: equations.bias };
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
