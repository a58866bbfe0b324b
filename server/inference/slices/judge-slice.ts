import type { Box } from '../borders.js';
import { overPicture } from '../heatmap-geometry.js';
import { logitsOf } from '../interpret.js';
import { clamp, softmax } from '../numbers.js';
import type { EngineOutput } from '../types.js';
import type { CtManifest } from './manifest.js';
import type { SliceOutcome, SlicePicture } from './types.js';

/** Log odds at which a place of the heatmap is full: a faint trace does not glow as much as a sure one. */
const fullLogOdds = 4;

/** Calibrated COVID probability of a slice, 0 to 1 (Guo et al. 2017, arXiv:1706.04599). */
export function sliceProbability(output: EngineOutput, { labels, temperature }: CtManifest): number {
  const [covid = 0] = softmax(logitsOf(output, labels.length).map((logit) => logit / temperature));
  return covid;
}

/**
 * What the network's output says of a slice. Pure; serving and `evaluate` share it. The class activation map comes
 * with the logits, since these are the means of its channels (Zhou et al. 2016, doi:10.1109/CVPR.2016.319).
 *
 * @param size of the slice, pixels
 * @param box the part of the slice that the network saw
 * @throws RangeError when the network gave a value that is not finite: no probability may come of it
 */
export function judgeSlice(
  output: EngineOutput,
  manifest: CtManifest,
  size: Pick<SlicePicture, 'width' | 'height'>,
  box: Box,
): Omit<SliceOutcome, 'inferenceMs'> {
  const { logitsMap, mapWidth, mapHeight } = output;
  if (!logitsMap.every((value) => Number.isFinite(value))) {
    throw new RangeError('the network gave values that are not finite');
  }
  const logOdds = Array.from(
    { length: mapWidth * mapHeight },
    (_, cell) => (logitsMap[2 * cell] ?? 0) - (logitsMap[2 * cell + 1] ?? 0),
  );
  const top = Math.max(...logOdds);
  const full = Math.max(top, fullLogOdds);
  const values = logOdds.map((value) => clamp(value / full, 0, 1));
  return {
    covidProbability: sliceProbability(output, manifest),
    heatmap: top <= 0 ? null : overPicture({ width: mapWidth, height: mapHeight, values }, box, size),
  };
}
