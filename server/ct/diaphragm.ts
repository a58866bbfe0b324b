import { right } from './sides.js';
import type { CtVolume, Mask } from './volume.js';

/** Curvature a dome is pulled towards where little of it is seen, per millimetre: a sphere of 60 mm radius. */
const usualCurvature = 1 / 120;
const pull = 4;
const strayMm = 9;
/** Nearer to the middle a lung rests on the heart, which lies on the left for the most part. */
const heartMm = { right: 25, left: 52 };
/** Weight of a place above the fit, against 1 below it: what a lung rests on is the diaphragm or higher. */
const above = 0.04;

/**
 * Height of the diaphragm under one lung, in slices, for every column of the grid: a paraboloid fitted to the
 * places where air meets soft tissue below. Lungs rest on the heart and on consolidations too, always higher than
 * the diaphragm: such places are dropped as the fit goes on.
 *
 * @returns null where too little of the dome is seen
 */
export function fitDiaphragm(
  volume: CtVolume,
  own: Mask,
  side: number,
  cavity: Mask,
  middle: number,
): Float32Array | null {
  const { width, height, depth, hu, spacing } = volume;
  const plane = width * height;
  const seen: { x: number; y: number; z: number }[] = [];
  const heart = side === right ? heartMm.right : heartMm.left;
  for (let p = 0; p < plane; p++) {
    if (Math.abs((p % width) - middle) * spacing[0] < heart) continue;
    let k = 0;
    while (k < depth && !own[k * plane + p]) k++;
    if (k < 4 || k >= depth) continue;
    let soft = true;
    for (let below = 2; below <= 4; below++) {
      const at = (k - below) * plane + p;
      const value = hu[at] ?? 0;
      soft &&= value > -160 && value < 160 && cavity[at] === 1;
    }
    if (soft) {
      seen.push({ x: (p % width) * spacing[0], y: Math.floor(p / width) * spacing[1], z: k * spacing[2] });
    }
  }
  if (seen.length < 60) return null;
  const mean = (key: 'x' | 'y') => seen.reduce((sum, place) => sum + place[key], 0) / seen.length;
  const [cx, cy] = [mean('x'), mean('y')];
  const places = seen.map(({ x, y, z }) => ({ u: (x - cx) / 50, v: (y - cy) / 50, z, weight: 1 }));
  let fit: number[] | null = null;
  for (let round = 0; round < 12; round++) {
    fit = solve(places);
    if (fit === null) return null;
    for (const place of places) {
      const stray = place.z - heightAt(fit, place.u, place.v);
      const far = Math.abs(stray) > strayMm * (round < 6 ? 3 : 1);
      place.weight = far && stray > 0 ? 0.002 : stray > 0 ? above : far ? 0.3 : 1;
    }
  }
  if (fit === null) return null;
  const result = new Float32Array(plane);
  for (let p = 0; p < plane; p++) {
    const u = ((p % width) * spacing[0] - cx) / 50;
    const v = (Math.floor(p / width) * spacing[1] - cy) / 50;
    result[p] = heightAt(fit, u, v) / spacing[2];
  }
  return result;
}

const heightAt = ([a = 0, b = 0, c = 0, d = 0, e = 0]: number[], u: number, v: number) =>
  a + b * u + c * v - d * u * u - e * v * v;

/** Least squares of z = a + b u + c v - d u^2 - e v^2, d and e pulled towards the usual curvature and kept above 0. */
function solve(places: { u: number; v: number; z: number; weight: number }[]): number[] | null {
  const size = 5;
  const matrix = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  const add = (row: number[], value: number, weight: number) => {
    for (let i = 0; i < size; i++) {
      const line = matrix[i];
      if (!line) continue;
      for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + weight * (row[i] ?? 0) * (row[j] ?? 0);
      line[size] = (line[size] ?? 0) + weight * (row[i] ?? 0) * value;
    }
  };
  const total = places.reduce((sum, { weight }) => sum + weight, 0);
  for (const { u, v, z, weight } of places) add([1, u, v, -u * u, -v * v], z, weight / total);
  const usual = usualCurvature * 50 * 50;
  add([0, 0, 0, 1, 0], usual, pull / 1000);
  add([0, 0, 0, 0, 1], usual, pull / 1000);
  const fit = eliminate(matrix);
  if (fit === null) return null;
  return fit.map((value, i) => (i >= 3 ? Math.max(value, usual / 4) : value));
}

/** Gauss elimination with pivoting; null for a matrix that is singular. */
function eliminate(matrix: number[][]): number[] | null {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    const pivots = matrix.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const best = column + pivots.indexOf(Math.max(...pivots));
    const [pivot, other] = [matrix[best], matrix[column]];
    if (!pivot || !other || Math.abs(pivot[column] ?? 0) < 1e-9) return null;
    [matrix[column], matrix[best]] = [pivot, other];
    for (const row of matrix) {
      if (row === pivot) continue;
      const factor = (row[column] ?? 0) / (pivot[column] ?? 1);
      for (let i = column; i <= size; i++) row[i] = (row[i] ?? 0) - factor * (pivot[i] ?? 0);
    }
  }
  return matrix.map((row, i) => (row[size] ?? 0) / (row[i] ?? 1));
}
