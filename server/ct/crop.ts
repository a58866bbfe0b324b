import type { CtVolume, Grid, Mask } from './volume.js';

/** Columns and rows from the first up to but without the last; all slices. */
export interface Box {
  columns: readonly [first: number, end: number];
  rows: readonly [first: number, end: number];
}

/** What holds all of a mask with some voxels around it, room for morphology; null for an empty one. */
export function boxOf(mask: Mask, { width, height }: Grid, margin = 6): Box | null {
  const columns = new Uint8Array(width);
  const rows = new Uint8Array(height);
  for (let start = 0; start < mask.length; start += width) {
    for (let i = 0; i < width; i++) {
      if (!mask[start + i]) continue;
      columns[i] = 1;
      rows[(start / width) % height] = 1;
    }
  }
  const span = (set: Uint8Array) =>
    [Math.max(0, set.indexOf(1) - margin), Math.min(set.length, set.lastIndexOf(1) + 1 + margin)] as const;
  if (!columns.includes(1)) return null;
  const [first, end] = span(columns);
  // Rows of whole words: morphology then takes four voxels at a time.
  const words = Math.min(width, Math.ceil((end - first) / 4) * 4);
  const start = Math.min(first, width - words);
  return { columns: [start, start + words], rows: span(rows) };
}

const gridOf = ({ depth, spacing }: Grid, { columns, rows }: Box): Grid => ({
  width: columns[1] - columns[0],
  height: rows[1] - rows[0],
  depth,
  spacing,
});

/** Copies rows between a grid and its box. */
function forRows(
  { width, height, depth }: Grid,
  { columns, rows }: Box,
  row: (full: number, cut: number) => void,
) {
  let cut = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = rows[0]; j < rows[1]; j++) {
      row((k * height + j) * width + columns[0], cut);
      cut += columns[1] - columns[0];
    }
  }
}

export function cropVolume(volume: CtVolume, box: Box): CtVolume {
  const grid = gridOf(volume, box);
  const hu = new Int16Array(grid.width * grid.height * grid.depth);
  forRows(volume, box, (full, cut) => hu.set(volume.hu.subarray(full, full + grid.width), cut));
  return { ...grid, hu };
}

export function cropMask(mask: Mask, whole: Grid, box: Box): Mask {
  const grid = gridOf(whole, box);
  const result = new Uint8Array(grid.width * grid.height * grid.depth);
  forRows(whole, box, (full, cut) => result.set(mask.subarray(full, full + grid.width), cut));
  return result;
}

/** Puts a box's mask back into the whole grid. */
export function pasteMask(mask: Mask, whole: Grid, box: Box): Mask {
  const { width } = gridOf(whole, box);
  const result = new Uint8Array(whole.width * whole.height * whole.depth);
  forRows(whole, box, (full, cut) => result.set(mask.subarray(cut, cut + width), full));
  return result;
}
