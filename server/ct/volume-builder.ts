import type { Stack } from './series.js';
import type { CtVolume } from './volume.js';

/** Side of a voxel the grid aims at, in millimetres: fine enough for lungs, coarse enough for a second's work. */
const voxelMm = 2;
const mostColumns = 192;
const thinnestMm = 2;
/** 1,500 slices of any distance end in no more than these. */
const mostSlabs = 260;

export const airHu = -1024;

/** How a stack is put on the grid; decided from headers alone, before a pixel is decoded. */
export interface VolumePlan {
  /** Size that each slice has to be reduced to, as it is stored. */
  slice: { columns: number; rows: number };
  /** The grid: the same, or rows and columns exchanged. */
  width: number;
  height: number;
  depth: number;
  spacing: readonly [number, number, number];
  /** Along the stack, of the middle of slab 0. */
  bottom: number;
  /** Rows or columns run against the grid's directions, or rows are the grid's columns. */
  flipColumns: boolean;
  flipRows: boolean;
  transpose: boolean;
  /** For each slice of the stack its slab. */
  slabs: readonly number[];
}

/** Decides the grid of a stack. Slices closer than 2 mm share a slab, wider gaps than usual leave slabs to fill. */
export function planVolume(stack: Stack): VolumePlan {
  const [first] = stack.slices;
  const last = stack.slices.at(-1);
  if (!first || !last) throw new RangeError('the stack is empty');
  const [rowSpacing = 1, columnSpacing = 1] = first.pixelSpacing ?? [];
  const cosines = first.orientation ?? [1, 0, 0, 0, 1, 0];
  const transpose = Math.abs(cosines[0] ?? 1) < Math.abs(cosines[1] ?? 0);
  const sizeMm = [first.columns * columnSpacing, first.rows * rowSpacing];
  const pixels = [first.columns, first.rows];
  const [across = 1, down = 1] = sizeMm.map((size, i) =>
    Math.max(8, Math.min(Math.round(size / voxelMm), mostColumns, pixels[i] ?? 1)),
  );
  const range = last.along - first.along;
  const unit = stack.spacing > 0 ? stack.spacing : 1;
  const each = Math.max(1, Math.floor(thinnestMm / unit + 0.3), Math.ceil(range / unit / mostSlabs));
  const thickness = unit * each;
  const middle = first.along + (thickness - unit) / 2;
  const slabs = stack.slices.map(({ along }) => Math.max(0, Math.round((along - middle) / thickness)));
  const [x, y] = [(sizeMm[0] ?? 1) / across, (sizeMm[1] ?? 1) / down];
  const size = transpose ? { width: down, height: across } : { width: across, height: down };
  return {
    slice: { columns: across, rows: down },
    ...size,
    depth: (slabs.at(-1) ?? 0) + 1,
    spacing: transpose ? [y, x, thickness] : [x, y, thickness],
    bottom: middle,
    flipColumns: (transpose ? (cosines[3] ?? 1) : (cosines[0] ?? 1)) < 0,
    flipRows: (transpose ? (cosines[1] ?? 1) : (cosines[4] ?? 1)) < 0,
    transpose,
    slabs,
  };
}

export interface VolumeBuilder {
  /**
   * Takes a slice in any order.
   *
   * @param index of the slice in the stack
   * @param hu of the plan's slice size, row by row as stored
   */
  add(index: number, hu: Int16Array): void;
  finish(): CtVolume;
}

/** Collects reduced slices into a volume; holds sums of the grid's size, never a slice. */
export function createVolumeBuilder(plan: VolumePlan): VolumeBuilder {
  const { width, height, depth, flipColumns, flipRows, transpose } = plan;
  const plane = width * height;
  const sums = new Int32Array(plane * depth);
  const counts = new Uint16Array(depth);
  return {
    add(index, hu) {
      const slab = plan.slabs[index];
      if (slab === undefined || hu.length !== plane) throw new RangeError('not a slice of this volume');
      counts[slab] = (counts[slab] ?? 0) + 1;
      for (let j = 0; j < height; j++) {
        const row = flipRows ? height - 1 - j : j;
        for (let i = 0; i < width; i++) {
          const column = flipColumns ? width - 1 - i : i;
          const from = transpose ? column * height + row : row * width + column;
          const at = slab * plane + j * width + i;
          sums[at] = (sums[at] ?? 0) + Math.max(airHu, hu[from] ?? airHu);
        }
      }
    },
    finish() {
      const hu = new Int16Array(plane * depth);
      for (let k = 0; k < depth; k++) {
        const count = counts[k] ?? 0;
        for (let at = k * plane; count > 0 && at < (k + 1) * plane; at++) {
          hu[at] = Math.round((sums[at] ?? 0) / count);
        }
      }
      fillGaps(hu, counts, plane);
      return { width, height, depth, spacing: plan.spacing, hu };
    },
  };
}

/** Slabs without a slice take what lies between their neighbours. */
function fillGaps(hu: Int16Array, counts: Uint16Array, plane: number): void {
  for (let k = 0; k < counts.length; k++) {
    if (counts[k] !== 0) continue;
    let below = k;
    while (below >= 0 && counts[below] === 0) below--;
    let above = k;
    while (above < counts.length && counts[above] === 0) above++;
    const from = below < 0 ? above : below;
    const to = above >= counts.length ? below : above;
    if (from < 0 || to >= counts.length) continue;
    const part = to === from ? 0 : (k - from) / (to - from);
    for (let p = 0; p < plane; p++) {
      const low = hu[from * plane + p] ?? 0;
      hu[k * plane + p] = Math.round(low + part * ((hu[to * plane + p] ?? 0) - low));
    }
  }
}
