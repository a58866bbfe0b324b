import { mean } from '../../server/inference/numbers.js';

/** Mean absolute difference; NaN without rows. */
export function meanAbsoluteError(a: readonly number[], b: readonly number[]): number {
  return a.length === 0 ? NaN : mean(a.map((value, i) => Math.abs(value - (b[i] ?? 0))));
}

/** Pearson's correlation, -1 to 1; NaN where one side does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const centreA = mean([...a]);
  const centreB = mean([...b]);
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  a.forEach((value, i) => {
    const other = (b[i] ?? 0) - centreB;
    product += (value - centreA) * other;
    squareA += (value - centreA) ** 2;
    squareB += other ** 2;
  });
  return product / Math.sqrt(squareA * squareB);
}

/** Differences of two methods and the limits within which 95 % of them are expected. */
export interface LimitsOfAgreement {
  /** Mean of `a - b`. */
  bias: number;
  deviation: number;
  lower: number;
  upper: number;
}

/** Bland and Altman 1986 (doi:10.1016/S0140-6736(86)90837-8); NaN with fewer than two rows. */
export function limitsOfAgreement(a: readonly number[], b: readonly number[]): LimitsOfAgreement {
  const differences = a.map((value, i) => value - (b[i] ?? 0));
  const bias = mean(differences);
  const squares = differences.reduce((sum, difference) => sum + (difference - bias) ** 2, 0);
  const deviation = Math.sqrt(squares / (differences.length - 1));
  return { bias, deviation, lower: bias - 1.96 * deviation, upper: bias + 1.96 * deviation };
}
