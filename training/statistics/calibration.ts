import { mean } from '../../server/inference/numbers.js';
import { wilson, type Proportion } from '../metrics.js';
import { createRandom } from '../random.js';

/** A bin of the reliability diagram. */
export interface ReliabilityBin {
  films: number;
  /** Mean stated probability. */
  stated: number;
  /** Share that it came true. */
  observed: Proportion;
}

/** Splits rows, sorted by their value, into bins that hold the same number of them, give or take one. */
function equalMass(values: readonly number[], bins: number): number[][] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  return Array.from({ length: bins }, (_, bin) =>
    order.slice(Math.round((bin * order.length) / bins), Math.round(((bin + 1) * order.length) / bins)),
  ).filter((rows) => rows.length > 0);
}

/**
 * Stated against observed in bins of equal mass, which, unlike bins of equal width, are never nearly empty
 * (Nixon et al. 2019, arXiv:1904.01685).
 */
export function reliability(
  stated: readonly number[],
  cameTrue: readonly boolean[],
  bins = 10,
): ReliabilityBin[] {
  return equalMass(stated, bins).map((rows) => ({
    films: rows.length,
    stated: mean(rows.map((row) => stated[row] ?? 0)),
    observed: wilson(rows.filter((row) => cameTrue[row]).length, rows.length),
  }));
}

/** Expected calibration error over bins of equal mass: the mean gap between stated and observed, 0 to 1. */
export function calibrationError(stated: readonly number[], cameTrue: readonly boolean[], bins = 10): number {
  const parts = reliability(stated, cameTrue, bins);
  return (
    parts.reduce((sum, bin) => sum + bin.films * Math.abs(bin.stated - bin.observed.value), 0) / stated.length
  );
}

/**
 * The calibration error that chance alone gives a perfectly calibrated model with the same probabilities: what comes
 * true is drawn from the stated probabilities. A measured error near it is no sign of miscalibration.
 */
export function calibrationErrorByChance(
  stated: readonly number[],
  bins = 10,
  rounds = 200,
  seed = 1,
): number {
  const random = createRandom(seed);
  return mean(
    Array.from({ length: rounds }, () =>
      calibrationError(
        stated,
        stated.map((probability) => random.next() < probability),
        bins,
      ),
    ),
  );
}

/**
 * Brier score over all classes (Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2).
 *
 * @param truth index of the true class of each row
 * @returns 0 (sure and right) to 2 (sure and wrong)
 */
export function brierScore(probabilities: readonly number[][], truth: readonly number[]): number {
  return mean(
    probabilities.map((row, i) =>
      row.reduce((sum, probability, k) => sum + (probability - (truth[i] === k ? 1 : 0)) ** 2, 0),
    ),
  );
}

/** A bin of films with like probability: the interval stated for them, and what came true. */
export interface CoverageBin {
  films: number;
  stated: number;
  low: number;
  high: number;
  observed: Proportion;
  covered: boolean;
}

/**
 * Whether intervals of probabilities hold what came true. One film only tells yes or no, so that films of like
 * probability are put together: a bin is covered when the share that came true lies between the mean ends of its
 * intervals.
 */
export function intervalCoverage(
  stated: readonly number[],
  ends: readonly { low: number; high: number }[],
  cameTrue: readonly boolean[],
  bins = 10,
): CoverageBin[] {
  return equalMass(stated, bins).map((rows) => {
    const low = mean(rows.map((row) => ends[row]?.low ?? 0));
    const high = mean(rows.map((row) => ends[row]?.high ?? 0));
    const observed = wilson(rows.filter((row) => cameTrue[row]).length, rows.length);
    return {
      films: rows.length,
      stated: mean(rows.map((row) => stated[row] ?? 0)),
      low,
      high,
      observed,
      covered: observed.value >= low && observed.value <= high,
    };
  });
}
