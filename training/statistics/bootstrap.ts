import { quantile } from '../../server/inference/numbers.js';
import { createRandom } from '../random.js';

/** An estimate with the ends of its interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

export interface BootstrapOptions {
  /** How often the patients are drawn; 1000 unless told. */
  resamples?: number;
  seed?: number;
  /** Share of the resamples inside the interval; 0.95 unless told. */
  confidence?: number;
}

/**
 * The percentile bootstrap over patients: whole patients are drawn with replacement, because films of one patient
 * resemble each other and single films would make the interval too narrow (Efron and Tibshirani 1993,
 * doi:10.1201/9780429246593; Field and Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x).
 *
 * Two calls with the same patients and seed draw the same patients, so that differences of two statistics pair.
 *
 * @param patients the patient of each row
 * @param statistic computed from row indices; not finite where a sample does not allow it (such a sample is left out)
 * @returns null when the statistic cannot be computed from the rows themselves
 */
export function bootstrap(
  patients: readonly string[],
  statistic: (rows: number[]) => number,
  { resamples = 1000, seed = 1, confidence = 0.95 }: BootstrapOptions = {},
): Interval | null {
  const value = statistic(patients.map((_, row) => row));
  if (!Number.isFinite(value)) return null;
  const rowsOf = new Map<string, number[]>();
  patients.forEach((patient, row) => {
    const rows = rowsOf.get(patient);
    if (rows) rows.push(row);
    else rowsOf.set(patient, [row]);
  });
  const groups = [...rowsOf.values()];
  const random = createRandom(seed);
  const found: number[] = [];
  for (let round = 0; round < resamples; round++) {
    const rows: number[] = [];
    for (let draw = 0; draw < groups.length; draw++)
      rows.push(...(groups[random.below(groups.length)] ?? []));
    const drawn = statistic(rows);
    if (Number.isFinite(drawn)) found.push(drawn);
  }
  const tail = (1 - confidence) / 2;
  return { value, low: quantile(found, tail), high: quantile(found, 1 - tail) };
}
