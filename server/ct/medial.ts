import { right } from './sides.js';
import type { CtVolume, Mask } from './volume.js';

/**
 * Indentations of the edge up to twice this many millimetres are consolidations against the mediastinum, not its own
 * shape. From front to back the heart indents the edge as much; from above downwards it does not end in air again.
 */
const gapMm = { y: 8, z: 26 };
/** How far the edge is carried on into rows where no air is left. */
const carryMm = 90;
/** Beside the spine a lung comes this near to the middle; on the left the aorta lies between. */
const besideSpineMm = { right: 24, left: 38 };
const backMm = 25;
/** So far from the back of the chest an edge further out is a consolidation's, not the mediastinum's. */
const spineMm = 48;

/**
 * The column where one lung ends towards the mediastinum, for every row of every slice, also where a consolidation
 * hides it: small indentations are closed, rows without air take the edge of the nearest row that has some, in the
 * slice or in slices above, and towards the back it runs to the side of the spine.
 *
 * @param middle column of the body's middle
 * @returns depth * height columns, NaN where none is known nearby
 */
export function medialEdge(
  volume: CtVolume,
  own: Mask,
  side: number,
  cavity: Mask,
  middle: number,
): Float32Array {
  const { width, height, depth, spacing } = volume;
  // Counted so that larger is more medial on both sides.
  const edge = new Float32Array(depth * height).fill(-Infinity);
  const inward = (i: number) => (side === right ? i : width - 1 - i);
  for (let row = 0; row < edge.length; row++) {
    const base = row * width;
    for (let i = 0; i < width; i++) {
      if (own[base + i] && inward(i) > (edge[row] ?? 0)) edge[row] = inward(i);
    }
  }
  const radii = { y: Math.round(gapMm.y / spacing[1]), z: Math.round(gapMm.z / spacing[2]) };
  const closed = closeMap(edge, height, depth, radii);
  for (let row = 0; row < edge.length; row++) {
    // Closing joins known rows; it must not invent an edge where there is none around.
    if ((edge[row] ?? 0) > -Infinity) edge[row] = Math.max(edge[row] ?? 0, closed[row] ?? 0);
  }
  const gap = (side === right ? besideSpineMm.right : besideSpineMm.left) / spacing[0];
  const carried = carry(edge, volume, cavity, inward(middle) - gap);
  for (let row = 0; row < carried.length; row++) {
    const value = carried[row] ?? -Infinity;
    carried[row] = value === -Infinity ? NaN : side === right ? value : width - 1 - value;
  }
  return carried;
}

function closeMap(
  map: Float32Array,
  height: number,
  depth: number,
  { y, z }: { y: number; z: number },
): Float32Array {
  const pass = (from: Float32Array, pick: (a: number, b: number) => number, start: number) => {
    const across = from.map((_, at) => {
      const j = at % height;
      let value = start;
      for (let n = Math.max(0, j - y); n <= Math.min(height - 1, j + y); n++) {
        value = pick(value, from[at - j + n] ?? start);
      }
      return value;
    });
    return across.map((_, at) => {
      const j = at % height;
      const k = (at - j) / height;
      let value = start;
      for (let n = Math.max(0, k - z); n <= Math.min(depth - 1, k + z); n++) {
        value = pick(value, across[n * height + j] ?? start);
      }
      return value;
    });
  };
  return pass(pass(map, Math.max, -Infinity), Math.min, Infinity);
}

/** Rows without an edge take that of the nearest row, in the slice or above; slices below tell of the dome only. */
function carry(
  edge: Float32Array,
  { height, depth, width, spacing }: CtVolume,
  cavity: Mask,
  spine: number,
): Float32Array {
  const result = Float32Array.from(edge);
  const plane = width * height;
  const hasCavity = (k: number, j: number) =>
    cavity.subarray(k * plane + j * width, k * plane + (j + 1) * width).includes(1);
  for (let k = depth - 1; k >= 0; k--) {
    let back = height - 1;
    while (back > 0 && !hasCavity(k, back)) back--;
    back -= backMm / spacing[1];
    for (let j = 0; j < height; j++) {
      const row = k * height + j;
      if ((edge[row] ?? 0) > -Infinity) {
        if (j > back - (spineMm - backMm) / spacing[1]) result[row] = Math.max(edge[row] ?? 0, spine);
        continue;
      }
      if (!hasCavity(k, j)) continue;
      let best = carryMm;
      let from = j;
      for (let n = 0; n < height; n++) {
        const away = Math.abs(n - j) * spacing[1];
        if (away < best && (edge[k * height + n] ?? 0) > -Infinity) {
          best = away;
          from = n;
          result[row] = edge[k * height + n] ?? -Infinity;
        }
      }
      for (let up = k + 1; up < depth && (up - k) * spacing[2] < best; up++) {
        if ((edge[up * height + j] ?? 0) > -Infinity) {
          best = (up - k) * spacing[2];
          from = j;
          result[row] = edge[up * height + j] ?? -Infinity;
        }
      }
      const known = result[row] ?? -Infinity;
      if (known === -Infinity || known >= spine || j <= from) continue;
      result[row] = known + (spine - known) * Math.min(1, (j - from) / Math.max(1, back - from));
    }
  }
  return result;
}
