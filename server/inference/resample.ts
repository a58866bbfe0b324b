import type { Picture } from './types.js';
import type { Box } from './borders.js';

/**
 * Resizes a part of a picture with a triangle filter as wide as the reduction, so that a film of 3000 pixels and
 * the same film at 448 give nearly the same input; plain bilinear sampling would alias the first.
 *
 * @returns width * height grey values, 0 to 255, row-major
 */
export function resample(frame: Picture, box: Box, width: number, height: number): Float32Array {
  const across = taps(box.x, box.width, width);
  const down = taps(box.y, box.height, height);
  const { size, weights, first } = across;
  const { pixels } = frame;
  const narrow = new Float32Array(box.height * width);
  for (let row = 0; row < box.height; row++) {
    const start = (box.y + row) * frame.width;
    for (let column = 0; column < width; column++) {
      let sum = 0;
      const from = start + (first[column] ?? 0);
      const offset = column * size;
      for (let tap = 0; tap < size; tap++) sum += (weights[offset + tap] ?? 0) * (pixels[from + tap] ?? 0);
      narrow[row * width + column] = sum;
    }
  }
  const result = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const first = (down.first[row] ?? 0) - box.y;
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

interface Taps {
  first: Int32Array;
  weights: Float64Array;
  size: number;
}

function taps(origin: number, length: number, target: number): Taps {
  const scale = length / target;
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
