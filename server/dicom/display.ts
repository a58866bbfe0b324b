import type { DisplayFrame, GrayFrame, VoiFunction, Window } from './frame.js';
import { tableMaximum } from './lookup-tables.js';
import { applyTable, applyWindow } from './voi.js';

export interface DisplayOptions {
  /** In modality units; taken with `windowWidth`, instead of the file's. */
  windowCenter?: number;
  /** 1 or more for LINEAR, else above 0. */
  windowWidth?: number;
  /** How the given window is applied; LINEAR unless told. */
  windowFunction?: VoiFunction;
}

const BINS = 8192;
const LOW_SHARE = 0.005;
const HIGH_SHARE = 0.995;

/** Pixels that percentiles are taken from at most: more would not move them by a grey level. */
const MAX_SAMPLES = 65_536;

/** Values below which 0.5 % and 99.5 % of the pixels lie, padding left out. */
export function percentileRange(frame: GrayFrame): { low: number; high: number } {
  const { pixels, padding, min, max } = frame;
  if (!(max > min)) return { low: min, high: max };
  const histogram = new Uint32Array(BINS);
  const scale = (BINS - 1) / (max - min);
  let total = 0;
  // Odd, so that the samples wander over the columns of pictures of every even width.
  const step = Math.floor(pixels.length / MAX_SAMPLES) | 1;
  for (let i = 0; i < pixels.length; i += step) {
    if (padding?.[i] === 1) continue;
    const bin = (((pixels[i] ?? 0) - min) * scale + 0.5) | 0;
    histogram[bin] = (histogram[bin] ?? 0) + 1;
    total++;
  }
  const at = (share: number) => {
    let below = 0;
    for (let bin = 0; bin < BINS; bin++) {
      below += histogram[bin] ?? 0;
      if (below > share * total) return min + bin / scale;
    }
    return max;
  };
  return { low: at(LOW_SHARE), high: at(HIGH_SHARE) };
}

/** A window is of use when it shows a fair part of the values and is not far wider than they are. */
function isSensible({ center, width }: Window, { low, high }: { low: number; high: number }): boolean {
  const overlap = Math.min(high, center + width / 2) - Math.max(low, center - width / 2);
  return overlap > 0 && overlap >= 0.1 * (high - low) && overlap >= 0.02 * width;
}

/** What turns modality values into 0..255. */
function transferFunction(frame: GrayFrame, options: DisplayOptions): (value: number) => number {
  const { windowCenter, windowWidth, windowFunction = 'LINEAR' } = options;
  if (windowCenter !== undefined && windowWidth !== undefined) {
    const window = {
      center: windowCenter,
      width: Math.max(windowWidth, windowFunction === 'LINEAR' ? 1 : 1e-6),
    };
    return (value) => applyWindow(value, window, windowFunction);
  }
  const { voi } = frame;
  if (voi.table !== null) {
    const { table } = voi;
    const maximum = tableMaximum(table);
    return (value) => applyTable(value, table, maximum);
  }
  const range = percentileRange(frame);
  const sensible = voi.windows.find((window) => isSensible(window, range));
  if (sensible !== undefined) return (value) => applyWindow(value, sensible, voi.function);
  const window = { center: (range.low + range.high) / 2, width: Math.max(range.high - range.low, 1e-6) };
  return (value) => applyWindow(value, window, 'LINEAR_EXACT');
}

/** Stretches a picture with oblong pixels, bilinearly, so that pixels are square; never makes it smaller. */
export function toSquarePixels(frame: DisplayFrame, pixelAspectRatio: number): DisplayFrame {
  const width = Math.round(frame.width * Math.max(1, 1 / pixelAspectRatio));
  const height = Math.round(frame.height * Math.max(1, pixelAspectRatio));
  if (width === frame.width && height === frame.height) return frame;
  const pixels = new Uint8Array(width * height);
  const source = (to: number, size: number, from: number) => {
    const position = Math.min(from - 1, Math.max(0, ((to + 0.5) * from) / size - 0.5));
    const index = Math.min(Math.floor(position), Math.max(0, from - 2));
    return { index, next: Math.min(index + 1, from - 1), share: position - index };
  };
  const columns = Array.from({ length: width }, (_, x) => source(x, width, frame.width));
  for (let y = 0; y < height; y++) {
    const row = source(y, height, frame.height);
    const above = row.index * frame.width;
    const below = row.next * frame.width;
    columns.forEach(({ index, next, share }, x) => {
      const top =
        (frame.pixels[above + index] ?? 0) * (1 - share) + (frame.pixels[above + next] ?? 0) * share;
      const bottom =
        (frame.pixels[below + index] ?? 0) * (1 - share) + (frame.pixels[below + next] ?? 0) * share;
      pixels[y * width + x] = Math.round(top * (1 - row.share) + bottom * row.share);
    });
  }
  return { width, height, pixels };
}

/** Grey values by stored value, for whole numbers: a film has far more pixels than values. Null for others. */
function displayTable({ pixels, min, max }: GrayFrame, grey: (value: number) => number): Uint8Array | null {
  if (max - min >= pixels.length || max - min > 65_535) return null;
  if (pixels instanceof Float32Array && !pixels.every(Number.isInteger)) return null;
  return Uint8Array.from({ length: max - min + 1 }, (_, i) => grey(min + i));
}

/**
 * The picture to show or judge. The window is the given one, else the file's VOI LUT, else the first window of the file
 * that suits the values, else from the 0.5th to the 99.5th percentile. MONOCHROME1 is inverted after that
 * (PS3.3 C.7.6.3.1.2); padding is black.
 */
export function toDisplay(frame: GrayFrame, options: DisplayOptions = {}): DisplayFrame {
  const transfer = transferFunction(frame, options);
  const inverted = frame.photometric === 'MONOCHROME1';
  const grey = (value: number) =>
    inverted ? 255 - Math.round(transfer(value)) : Math.round(transfer(value));
  const { pixels: values, padding, min } = frame;
  const pixels = new Uint8Array(values.length);
  const table = displayTable(frame, grey);
  if (table === null) for (let i = 0; i < pixels.length; i++) pixels[i] = grey(values[i] ?? 0);
  else for (let i = 0; i < pixels.length; i++) pixels[i] = table[(values[i] ?? 0) - min] ?? 0;
  if (padding !== null) for (let i = 0; i < pixels.length; i++) if (padding[i] === 1) pixels[i] = 0;
  return toSquarePixels({ width: frame.width, height: frame.height, pixels }, frame.pixelAspectRatio);
}
