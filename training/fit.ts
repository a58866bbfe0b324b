import type { Tensor, Tensor2D, Tensor4D, Variable } from './tf-types.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Network } from './backbone.js';
import { batchOf, type FeatureCache } from './cache.js';
import type { Random } from './random.js';

const averageEvery = 5;

/** Settings of the fine-tuning. */
export interface FitOptions {
  epochs: number;
  batchSize: number;
  learningRate: number;
  labelSmoothing: number;
  /** Decay of the running mean of the weights, which is what is judged and kept. */
  averaging: number;
  /** Parameter of the beta distribution of mixup's shares, 0 for none. */
  mixup: number;
  startEpoch: number;
}

export interface FitData {
  train: FeatureCache;
  /** Class index of each cached training picture. */
  trainLabels: number[];
  /** Draws cached training pictures for one batch. */
  draw(count: number): number[];
  stepsPerEpoch: number;
  fold: FeatureCache;
  foldLabels: number[];
}

export interface EpochResult {
  epoch: number;
  trainLoss: number;
  foldLoss: number;
  foldAccuracy: number;
  seconds: number;
  /** Training steps alone, the fold's judgement left out. */
  stepsPerSecond: number;
}

/** How the weights came about. */
export interface Fitted {
  best: EpochResult;
  /** Places between start and best epoch, the best by the fold's loss first; null when the start was no model of ours. */
  blend: { share: number; foldLoss: number; foldAccuracy: number }[] | null;
}

function meanLogits(tf: TensorFlow, network: Network, x: Tensor4D, training: boolean): Tensor2D {
  const [map] = network.trained.apply(x, { training }) as Tensor4D[];
  return tf.mean(map as Tensor4D, [1, 2]);
}

/** Mean cross-entropy and accuracy on the fold with the weights as they are. */
export function judgeFold(tf: TensorFlow, network: Network, cache: FeatureCache, labels: number[]) {
  let loss = 0;
  let correct = 0;
  const logits: number[][] = [];
  for (let start = 0; start < cache.length; start += 32) {
    const indices = Array.from({ length: Math.min(32, cache.length - start) }, (_, i) => start + i);
    const rows = tf.tidy(() => meanLogits(tf, network, batchOf(tf, cache, indices), false).arraySync());
    rows.forEach((row, i) => {
      const truth = labels[start + i] ?? 0;
      const top = Math.max(...row);
      const total = row.reduce((sum, value) => sum + Math.exp(value - top), 0);
      loss += Math.log(total) + top - (row[truth] ?? 0);
      correct += row.indexOf(top) === truth ? 1 : 0;
      logits.push(row);
    });
  }
  return { loss: loss / cache.length, accuracy: correct / cache.length, logits };
}

/**
 * Fine-tunes the network's second part by Adam with warm-up and a cosine schedule on class- and source-balanced
 * batches; reports a running mean of the weights each epoch, and returns the best epoch by the fold's loss.
 */
export async function fit(
  tf: TensorFlow,
  network: Network,
  data: FitData,
  options: FitOptions,
  random: Random,
  report: (result: EpochResult, averaged: Float32Array[]) => Promise<void>,
): Promise<EpochResult> {
  const { batchSize, labelSmoothing } = options;
  const variables = network.trained.trainableWeights.map(
    (weight) => (weight as unknown as { val: Variable }).val,
  );
  const averages = variables.map((variable) => tf.variable(variable.clone(), false));
  const optimizer = tf.train.adam(options.learningRate);
  const labels = Math.max(...data.trainLabels) + 1;
  const total = options.epochs * data.stepsPerEpoch;
  let best: EpochResult | null = null;
  let updates = 0;
  for (let epoch = options.startEpoch; epoch < options.epochs; epoch++) {
    const started = Date.now();
    let lossSum = 0;
    for (let step = 0; step < data.stepsPerEpoch; step++) {
      const position = (epoch * data.stepsPerEpoch + step) / total;
      const warmUp = Math.min(1, (updates + 1) / 40);
      setRate(
        optimizer,
        options.learningRate * warmUp * (0.03 + 0.97 * 0.5 * (1 + Math.cos(Math.PI * position))),
      );
      const indices = data.draw(batchSize);
      const share = options.mixup === 0 ? 1 : mixShare(options.mixup, random);
      const loss = tf.tidy(() => {
        const hot = tf.oneHot(
          tf.tensor1d(
            indices.map((i) => data.trainLabels[i] ?? 0),
            'int32',
          ),
          labels,
        );
        const pure = batchOf(tf, data.train, indices);
        // Mixed with its own reverse: no second batch has to be read.
        const x = share === 1 ? pure : pure.mul(share).add(pure.reverse(0).mul(1 - share));
        const y = share === 1 ? hot : hot.mul(share).add(hot.reverse(0).mul(1 - share));
        const cost = optimizer.minimize(
          () =>
            tf.losses.softmaxCrossEntropy(
              y,
              meanLogits(tf, network, x as Tensor4D, true),
              undefined,
              labelSmoothing,
            ),
          true,
          variables,
        );
        return cost as Tensor;
      });
      lossSum += (await loss.data())[0] ?? 0;
      loss.dispose();
      updates++;
      // Every few steps is as good as every step, and the mean of millions of weights is not free.
      if (updates % averageEvery !== 0 && step + 1 < data.stepsPerEpoch) continue;
      const decay = Math.min(options.averaging ** averageEvery, updates / (updates + 10));
      tf.tidy(() => {
        averages.forEach((average, i) => {
          const variable = variables[i];
          if (variable) average.assign(average.mul(decay).add(variable.mul(1 - decay)));
        });
      });
    }
    const trained = (Date.now() - started) / 1000;
    const averaged = averages.map((average) => Float32Array.from(average.dataSync()));
    const raw = variables.map((variable) => variable.clone());
    tf.tidy(() => variables.forEach((variable, i) => variable.assign(averages[i] ?? variable)));
    const judged = judgeFold(tf, network, data.fold, data.foldLabels);
    variables.forEach((variable, i) => {
      const kept = raw[i];
      if (kept) {
        variable.assign(kept);
        kept.dispose();
      }
    });
    const result = {
      epoch: epoch + 1,
      trainLoss: lossSum / data.stepsPerEpoch,
      foldLoss: judged.loss,
      foldAccuracy: judged.accuracy,
      seconds: (Date.now() - started) / 1000,
      stepsPerSecond: data.stepsPerEpoch / trained,
    };
    if (best === null || result.foldLoss < best.foldLoss) best = result;
    await report(result, averaged);
  }
  if (best === null)
    throw new Error(`nothing to train: start epoch ${options.startEpoch} of ${options.epochs}`);
  tf.dispose(averages);
  return best;
}

/** Puts saved weights of the second part in place. */
export function setWeights(tf: TensorFlow, network: Network, weights: Float32Array[]): void {
  tf.tidy(() => {
    network.trained.trainableWeights.forEach((weight, i) => {
      const values = weights[i];
      const variable = (weight as unknown as { val: Variable }).val;
      if (values) variable.assign(tf.tensor(values, variable.shape));
    });
  });
}

/**
 * The larger share of a mixture, 0.5 to 1, from a beta distribution with both parameters `alpha` below 1
 * (Jöhnk 1964).
 */
function mixShare(alpha: number, random: Random): number {
  for (;;) {
    const a = random.next() ** (1 / alpha);
    const b = random.next() ** (1 / alpha);
    if (a + b <= 1 && a + b > 0) return Math.max(a, b) / (a + b);
  }
}

function setRate(optimizer: object, rate: number): void {
  (optimizer as { learningRate: number }).learningRate = rate;
}
