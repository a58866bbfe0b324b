import type { Random } from './random.js';

/** A square map of numbers over the picture, row by row; coordinates run from 0 to 1 from the upper left corner. */
export interface Field {
  size: number;
  data: Float32Array;
}

export type Point = readonly [x: number, y: number];

/**
 * A map of zeros.
 *
 * @param size side in cells
 */
export function createField(size: number): Field {
  return { size, data: new Float32Array(size * size) };
}

/** Fills a new field from a function of the coordinates of each pixel's centre. */
export function fieldFrom(size: number, value: (x: number, y: number, index: number) => number): Field {
  const field = createField(size);
  for (let row = 0, index = 0; row < size; row++) {
    const y = (row + 0.5) / size;
    for (let column = 0; column < size; column++, index++) {
      field.data[index] = value((column + 0.5) / size, y, index);
    }
  }
  return field;
}

/**
 * Close to a Gaussian blur of the given standard deviation in pixels: small ones by a kernel of three, large ones
 * by boxes on a reduced copy, since nothing fine is left of them.
 */
export function blur(field: Field, sigma: number): Field {
  if (sigma <= 2) {
    const passes = Math.max(1, Math.ceil(sigma ** 2 / 0.45));
    let { data } = field;
    for (let i = 0; i < passes; i++) data = soften(data, field.size, sigma ** 2 / 2 / passes);
    return { size: field.size, data };
  }
  const factor = sigma >= 16 && field.size % 4 === 0 ? 4 : 1;
  const small = factor === 1 ? field : reduce(field, factor);
  const radius = Math.max(1, Math.round(Math.sqrt((sigma / factor) ** 2 + 0.25) - 0.5));
  let { data } = small;
  for (let i = 0; i < 3; i++) data = boxRows(boxRows(data, small.size, radius), small.size, radius);
  const result = { size: small.size, data };
  return factor === 1 ? result : resize(result, field.size);
}

/** Both ways with the kernel [part, 1 - 2 part, part]. */
function soften(source: Float32Array, size: number, part: number): Float32Array {
  const across = new Float32Array(source.length);
  const result = new Float32Array(source.length);
  const kernel = (from: Float32Array, to: Float32Array, i: number, before: number, after: number) => {
    const value = from[i] ?? 0;
    to[i] = value + part * ((from[before] ?? 0) + (from[after] ?? 0) - 2 * value);
  };
  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) {
      kernel(source, across, i, column > 0 ? i - 1 : i, column < size - 1 ? i + 1 : i);
    }
  }
  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) {
      kernel(across, result, i, row > 0 ? i - size : i, row < size - 1 ? i + size : i);
    }
  }
  return result;
}

/** Averages blocks of factor * factor pixels. */
function reduce(field: Field, factor: number): Field {
  const small = createField(field.size / factor);
  const share = 1 / factor ** 2;
  for (let row = 0, i = 0; row < field.size; row++) {
    const start = Math.floor(row / factor) * small.size;
    for (let column = 0; column < field.size; column++, i++) {
      const target = start + Math.floor(column / factor);
      small.data[target] = (small.data[target] ?? 0) + share * (field.data[i] ?? 0);
    }
  }
  return small;
}

/** Blurs along rows and transposes, so that two calls blur both ways and restore the orientation. */
function boxRows(source: Float32Array, size: number, radius: number): Float32Array {
  const result = new Float32Array(source.length);
  const scale = 1 / (2 * radius + 1);
  for (let row = 0; row < size; row++) {
    const start = row * size;
    const at = (i: number) => source[start + Math.min(size - 1, Math.max(0, i))] ?? 0;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let column = 0; column < size; column++) {
      result[column * size + row] = sum * scale;
      sum += at(column + radius + 1) - at(column - radius);
    }
  }
  return result;
}

/** Resamples a field to another size, bilinear. */
export function resize(field: Field, size: number): Field {
  const { data, size: from } = field;
  const result = createField(size);
  const lows = new Int32Array(size);
  const parts = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / size - 0.5));
    lows[i] = Math.min(Math.floor(place), from - 2);
    parts[i] = place - (lows[i] ?? 0);
  }
  for (let row = 0, target = 0; row < size; row++) {
    const above = (lows[row] ?? 0) * from;
    const v = parts[row] ?? 0;
    for (let column = 0; column < size; column++, target++) {
      const i = above + (lows[column] ?? 0);
      const u = parts[column] ?? 0;
      const top = (data[i] ?? 0) * (1 - u) + (data[i + 1] ?? 0) * u;
      const bottom = (data[i + from] ?? 0) * (1 - u) + (data[i + from + 1] ?? 0) * u;
      result.data[target] = top * (1 - v) + bottom * v;
    }
  }
  return result;
}

/** Smooth noise of unit variance, roughly: octaves of random lattices, each half as strong as the one before. */
export function cloud(size: number, cells: number, octaves: number, random: Random, fall = 0.55): Field {
  const total = createField(size);
  let strength = 1;
  let power = 0;
  for (let octave = 0; octave < octaves; octave++, strength *= fall) {
    const lattice = Math.min(size, Math.round(cells * 2 ** octave));
    const grid = createField(lattice);
    for (let i = 0; i < grid.data.length; i++) grid.data[i] = random.rough();
    const layer = resize(grid, size);
    for (let i = 0; i < total.data.length; i++) {
      total.data[i] = (total.data[i] ?? 0) + 1.5 * strength * (layer.data[i] ?? 0);
    }
    power += strength * strength;
  }
  const scale = 1 / Math.sqrt(power);
  total.data.forEach((value, i) => (total.data[i] = value * scale));
  return total;
}
