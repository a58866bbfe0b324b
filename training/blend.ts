import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Network } from './backbone.js';
import type { FeatureCache } from './cache.js';
import { judgeFold, setWeights, type EpochResult } from './fit.js';
import type { Tensor } from './tf-types.js';

/** Copies of the second part's weights. */
export function trainedWeights(network: Network): Float32Array[] {
  return network.trained.trainableWeights.map((weight) =>
    Float32Array.from((weight.read() as Tensor).dataSync()),
  );
}

/**
 * A model that was trained on may lie, in weights, on a straight way between where it came from and where it went that
 * is better than both ends (Wortsman et al. 2022, arXiv:2109.01903). Tries three places on it by the fold's loss and
 * leaves the best in the network; costs nothing when serving.
 *
 * @param start weights before training, of one of our own models
 * @param best the epoch that the network holds
 */
export function blendWithStart(
  tf: TensorFlow,
  network: Network,
  start: Float32Array[],
  best: EpochResult,
  fold: FeatureCache,
  labels: number[],
): { share: number; foldLoss: number; foldAccuracy: number }[] {
  const end = trainedWeights(network);
  const tries = [{ share: 1, foldLoss: best.foldLoss, foldAccuracy: best.foldAccuracy }];
  const put = (share: number) => {
    const mixed = end.map((values, k) =>
      values.map((value, i) => share * value + (1 - share) * (start[k]?.[i] ?? value)),
    );
    setWeights(tf, network, mixed);
  };
  for (const share of [0.75, 0.5, 0.25]) {
    put(share);
    const { loss, accuracy } = judgeFold(tf, network, fold, labels);
    tries.push({ share, foldLoss: loss, foldAccuracy: accuracy });
  }
  tries.sort((a, b) => a.foldLoss - b.foldLoss);
  put(tries[0]?.share ?? 1);
  return tries;
}
