import type { ModelManifest } from './manifest.js';
import type { Picture } from './types.js';

/** Rows and columns darker than this everywhere are a border, not anatomy. */
const borderLevel = 8;
/** At most this share of a side is taken for a border. */
const maximumBorder = 0.2;

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * The picture without its black frame: scanners and figures frame their films differently, which would tell the
 * hospital rather than the disease.
 */
export function contentBox(picture: Picture): Box {
  const { width, height, pixels } = picture;
  const rowMax = new Uint8Array(height);
  const columnMax = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = pixels[y * width + x] ?? 0;
      if (value > (rowMax[y] ?? 0)) rowMax[y] = value;
      if (value > (columnMax[x] ?? 0)) columnMax[x] = value;
    }
  }
  const [left, right] = trim(columnMax);
  const [top, bottom] = trim(rowMax);
  return { left, top, width: right - left, height: bottom - top };
}

function trim(maxima: Uint8Array): [number, number] {
  const limit = Math.floor(maxima.length * maximumBorder);
  let start = 0;
  let end = maxima.length;
  while (start < limit && (maxima[start] ?? 0) <= borderLevel) start++;
  while (maxima.length - end < limit && (maxima[end - 1] ?? 0) <= borderLevel) end--;
  return [start, end];
}

/** Area-averaged resampling of a part of a picture; exact for shrinking, nearest neighbours' mean when enlarging. */
export function resample(picture: Picture, box: Box, width: number, height: number): Float32Array {
  const columns = spans(box.left, box.width, width, picture.width);
  const rows = spans(box.top, box.height, height, picture.height);
  const narrow = new Float32Array(width * picture.height);
  const firstRow = rows[0]?.first ?? 0;
  const lastRow = rows.at(-1)?.last ?? 0;
  for (let y = firstRow; y <= lastRow; y++) {
    for (let x = 0; x < width; x++) {
      const span = columns[x];
      if (span) narrow[y * width + x] = weigh(span, (index) => picture.pixels[y * picture.width + index] ?? 0);
    }
  }
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const span = rows[y];
    if (!span) continue;
    for (let x = 0; x < width; x++) {
      result[y * width + x] = weigh(span, (index) => narrow[index * width + x] ?? 0);
    }
  }
  return result;
}

interface Span {
  first: number;
  last: number;
  weights: number[];
}

function spans(start: number, length: number, count: number, limit: number): Span[] {
  const step = length / count;
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * step;
    const to = Math.min(from + Math.max(step, 1), limit);
    const first = Math.min(Math.floor(from), limit - 1);
    const last = Math.max(first, Math.min(Math.ceil(to) - 1, limit - 1));
    const weights: number[] = [];
    for (let i = first; i <= last; i++) weights.push(Math.max(Math.min(to, i + 1) - Math.max(from, i), 1e-6));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, last, weights: weights.map((weight) => weight / total) };
  });
}

function weigh(span: Span, value: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < span.weights.length; i++) sum += (span.weights[i] ?? 0) * value(span.first + i);
  return sum;
}

/**
 * A picture as the network takes it: frame removed, resampled, exposure normalised between two percentiles.
 * Serving and training both call this, so that they cannot differ.
 *
 * @returns height * width values in `input.range`
 */
export function toModelInput(picture: Picture, input: ModelManifest['input']): Float32Array {
  const values = resample(picture, contentBox(picture), input.width, input.height);
  const sorted = Float32Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const dark = at(input.percentiles[0]);
  const bright = at(1 - input.percentiles[1]);
  const [low, high] = input.range;
  const gain = (high - low) / Math.max(bright - dark, 1);
  return values.map((value) => Math.min(high, Math.max(low, low + (value - dark) * gain)));
}

/** True when a picture holds next to nothing: blank, or a handful of grey levels. */
export function isWithoutContent(picture: Picture): boolean {
  const histogram = new Uint32Array(256);
  for (const value of picture.pixels) histogram[value] = (histogram[value] ?? 0) + 1;
  const used = histogram.filter((count) => count > picture.pixels.length * 0.0005).length;
  return used < 12 || Math.min(picture.width, picture.height) < 64;
}
