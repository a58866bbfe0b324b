import type { Picture } from './types.js';
import type { Box } from './borders.js';

/**
 * Resizes a part of a picture with a triangle filter as wide as the reduction, so that a film of 3000 pixels and
 * the same film at 448 give nearly the same input; plain bilinear sampling would alias the first. Reductions of four
 * and more begin with the means of square blocks, which costs one addition a pixel and leaves the filter at least two
 * blocks wide.
 *
 * @returns width * height grey values, 0 to 255, row-major
 */
export function resample(frame: Picture, box: Box, width: number, height: number): Float32Array {
  const block = Math.max(1, Math.floor(Math.min(box.width / width, box.height / height) / 2));
  const plane: Plane =
    block === 1 ? { pixels: frame.pixels, stride: frame.width, ...box } : means(frame, box, block);
  const across = taps(plane.x, plane.width, box.width / block, width);
  const down = taps(plane.y, plane.height, box.height / block, height);
  const narrow = narrowed(plane, across, width);
  const result = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const first = (down.first[row] ?? 0) - plane.y;
    for (let tap = 0; tap < down.size; tap++) {
      const weight = down.weights[row * down.size + tap] ?? 0;
      if (weight === 0) continue;
      const from = (first + tap) * width;
      const to = row * width;
      for (let column = 0; column < width; column++) {
        result[to + column] = (result[to + column] ?? 0) + weight * (narrow[from + column] ?? 0);
      }
    }
  }
  return result;
}

interface Plane extends Box {
  pixels: Uint8Array | Float32Array;
  /** Values from one row to the next. */
  stride: number;
}

/** The rows of a plane, each reduced to `width` values. */
function narrowed({ pixels, stride, y, height }: Plane, { first, weights, size }: Taps, width: number) {
  const result = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * stride;
    for (let column = 0; column < width; column++) {
      let sum = 0;
      const from = start + (first[column] ?? 0);
      const offset = column * size;
      for (let tap = 0; tap < size; tap++) sum += (weights[offset + tap] ?? 0) * (pixels[from + tap] ?? 0);
      result[row * width + column] = sum;
    }
  }
  return result;
}

/** Means of blocks of `side` * `side` pixels; those at the right and lower edge may be smaller. */
function means({ pixels: values, width: stride }: Picture, box: Box, side: number): Plane {
  const width = Math.ceil(box.width / side);
  const height = Math.ceil(box.height / side);
  const sums = new Uint32Array(width * height);
  for (let y = 0; y < box.height; y++) {
    const to = Math.floor(y / side) * width;
    let from = (box.y + y) * stride + box.x;
    const rowEnd = from + box.width;
    for (let column = 0; column < width; column++) {
      const end = Math.min(from + side, rowEnd);
      let sum = 0;
      for (; from < end; from++) sum += values[from] ?? 0;
      sums[to + column] = (sums[to + column] ?? 0) + sum;
    }
  }
  const size = (index: number, length: number) => Math.min(side, length - index * side);
  const pixels = new Float32Array(sums.length);
  for (let row = 0; row < height; row++) {
    const rows = size(row, box.height);
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      pixels[i] = (sums[i] ?? 0) / (rows * size(column, box.width));
    }
  }
  return { pixels, stride: width, x: 0, y: 0, width, height };
}

interface Taps {
  first: Int32Array;
  weights: Float64Array;
  size: number;
}

/**
 * @param length cells there are
 * @param extent cells that `target` places are spread over; up to one less than `length`, whose last may be a part
 */
function taps(origin: number, length: number, extent: number, target: number): Taps {
  const scale = extent / target;
  const radius = Math.max(1, scale);
  const size = Math.min(length, Math.ceil(radius) * 2 + 1);
  const first = new Int32Array(target);
  const weights = new Float64Array(target * size);
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const begin = Math.min(length - size, Math.max(0, Math.floor(centre - radius) + 1));
    first[i] = origin + begin;
    let sum = 0;
    for (let tap = 0; tap < size; tap++) {
      const weight = Math.max(0, 1 - Math.abs(begin + tap - centre) / radius);
      weights[i * size + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < size; tap++) weights[i * size + tap] = (weights[i * size + tap] ?? 0) / sum;
  }
  return { first, weights, size };
}
