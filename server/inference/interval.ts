import type { Heads } from './manifest.js';

/** Lower and upper end of an interval of a probability, each 0 to 1. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * What came true among films of like probability: the ends between the curve's knots by straight lines, beyond them
 * those of the outermost. It always holds the probability itself.
 *
 * @param curve as fitted to films that the network was not trained on, for the label in question
 */
export function intervalAt(curve: Heads['intervals'][number] | undefined, probability: number): Interval {
  if (curve === undefined) return { low: 0, high: 1 };
  const { at } = curve;
  const above = at.findIndex((knot) => knot > probability);
  const right = above === -1 ? at.length - 1 : above;
  const left = above === -1 ? right : Math.max(0, above - 1);
  const span = (at[right] ?? 0) - (at[left] ?? 0);
  const share = span > 0 ? (probability - (at[left] ?? 0)) / span : 0;
  const between = (ends: number[]) => (ends[left] ?? 0) * (1 - share) + (ends[right] ?? 0) * share;
  return {
    low: Math.min(probability, between(curve.low)),
    high: Math.max(probability, between(curve.high)),
  };
}
