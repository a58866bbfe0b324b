import type { GrayFrame } from './frame.js';

/** What lies outside of the picture is air; 12-bit scanners store no less. */
const air = -1024;
const densest = 3071;

/** Size of a reduced picture in pixels, no larger than the original. */
export interface ReducedSize {
  columns: number;
  rows: number;
}

/** Which original pixels go into each of `count` reduced ones along one axis: their first, and the end of the last. */
function bounds(from: number, count: number): Int32Array {
  return Int32Array.from({ length: count + 1 }, (_, i) => Math.round((i * from) / count));
}

/**
 * A CT frame in Hounsfield units, reduced by averaging blocks; padding counts as air, and values beyond what scanners
 * store are cut.
 *
 * @returns columns * rows values, row by row
 */
export function toHounsfield(frame: GrayFrame, size: ReducedSize): Int16Array {
  const columns = Math.min(size.columns, frame.width);
  const rows = Math.min(size.rows, frame.height);
  const across = bounds(frame.width, columns);
  const down = bounds(frame.height, rows);
  const result = new Int16Array(columns * rows);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    const [first = 0, end = 0] = [down[row], down[row + 1]];
    for (let y = first; y < end; y++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        const last = y * frame.width + (across[column + 1] ?? 0);
        for (let at = y * frame.width + (across[column] ?? 0); at < last; at++) {
          const value = frame.padding?.[at] === 1 ? air : (frame.pixels[at] ?? air);
          sum += value < air ? air : value > densest ? densest : value;
        }
        sums[column] = (sums[column] ?? 0) + sum;
      }
    }
    for (let column = 0; column < columns; column++) {
      const count = (end - first) * ((across[column + 1] ?? 0) - (across[column] ?? 0));
      result[row * columns + column] = Math.round((sums[column] ?? 0) / Math.max(1, count));
    }
  }
  return result;
}

/** A CT frame as the decoders hand it over. */
export interface HounsfieldSlice {
  /** columns * rows values of the reduced picture, row by row. */
  reduced: Int16Array;
  /** The picture in its own size; null where it was not asked for. */
  whole: { width: number; height: number; hounsfield: Int16Array } | null;
}

/** A CT frame in Hounsfield units, reduced and, where asked for, in its own size. */
export function hounsfieldSlice(frame: GrayFrame, size: ReducedSize, whole: boolean): HounsfieldSlice {
  const { width, height } = frame;
  const reduced = toHounsfield(frame, size);
  if (!whole) return { reduced, whole: null };
  return {
    reduced,
    whole: { width, height, hounsfield: toHounsfield(frame, { columns: width, rows: height }) },
  };
}
