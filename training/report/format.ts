import type { Proportion } from '../metrics.js';
import type { Interval } from '../statistics/bootstrap.js';

const share = (value: number) => (value * 100).toFixed(1);

/** A proportion with its Wilson interval and its counts. */
export function percent({ value, low, high, count, of }: Proportion): string {
  if (of === 0) return 'none';
  return `${share(value)} % (${share(low)} to ${share(high)}; ${count} of ${of})`;
}

/** An estimate between 0 and 1 with its bootstrap interval; a dash where it could not be computed. */
export function figureOf(interval: Interval | null, digits = 3): string {
  if (interval === null) return '–';
  const { value, low, high } = interval;
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** As a percentage with its bootstrap interval. */
export function percentOf(interval: Interval | null): string {
  if (interval === null) return '–';
  return `${share(interval.value)} % (${share(interval.low)} to ${share(interval.high)})`;
}
