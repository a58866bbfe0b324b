import type { Heads } from '../server/inference/manifest.js';
import { mean } from '../server/inference/numbers.js';

/** Films of like probability that an interval is made of: fewer make it wide, more hide where it is wrong. */
const neighbours = 60;
/** From one knot of the curve to the next, in films. */
const stride = 15;
/** Share of new groups of films that an interval misses on each side. */
const tail = 0.05;

const rounded = (value: number) => Number(value.toFixed(4));

/**
 * The share that will come true among as many new films, nine times of ten: quantiles of the beta-binomial
 * distribution that follows from Jeffreys' prior (Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286).
 */
function predicted(count: number, of: number): { low: number; high: number } {
  const a = count + 0.5;
  const b = of - count + 0.5;
  const masses = [1];
  for (let k = 0; k < of; k++) {
    masses.push(((masses[k] ?? 0) * ((of - k) * (a + k))) / ((k + 1) * (b + of - k - 1)));
  }
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const quantile = (share: number) => {
    let below = 0;
    return masses.findIndex((mass) => (below += mass / total) >= share) / of;
  };
  return { low: quantile(tail), high: quantile(1 - tail) };
}

/**
 * Intervals of a label's probability by what came true: films are put in order of their probability, and for every
 * sixty in a row the interval holds, nine times of ten, the share that the label is true of among sixty new ones.
 * Neither end ever falls as the probability rises: where it would, the interval is made wider.
 *
 * @param stated probabilities of the label on films that nothing was fitted to, 0 to 1
 * @param cameTrue whether the label was true of each
 */
export function fitIntervals(
  stated: readonly number[],
  cameTrue: readonly boolean[],
): Heads['intervals'][number] {
  const order = stated.map((_, i) => i).sort((a, b) => (stated[a] ?? 0) - (stated[b] ?? 0));
  const size = Math.min(neighbours, order.length);
  const curve: Heads['intervals'][number] = { at: [], low: [], high: [] };
  for (let from = 0; from + size <= order.length; from += stride) {
    const films = order.slice(from, from + size);
    const { low, high } = predicted(films.filter((film) => cameTrue[film]).length, size);
    curve.at.push(rounded(mean(films.map((film) => stated[film] ?? 0))));
    curve.low.push(rounded(low));
    curve.high.push(rounded(Math.max(high, curve.high.at(-1) ?? 0)));
  }
  for (let knot = curve.low.length - 2; knot >= 0; knot--) {
    curve.low[knot] = Math.min(curve.low[knot] ?? 0, curve.low[knot + 1] ?? 0);
  }
  return curve;
}
