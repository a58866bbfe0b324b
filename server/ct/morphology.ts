// Shapes on a grid. Every operation visits each voxel a fixed number of times, whatever the picture shows.
import { maskWhere, sizeOf, type Grid, type Mask } from './volume.js';

type Radii = readonly [number, number, number];

/** Runs over all lines along one axis. */
function forLines(grid: Grid, axis: 0 | 1 | 2, line: (start: number, step: number, length: number) => void) {
  const { width, height, depth } = grid;
  const plane = width * height;
  if (axis === 0) for (let start = 0; start < plane * depth; start += width) line(start, 1, width);
  else if (axis === 1) {
    for (let k = 0; k < depth; k++) for (let i = 0; i < width; i++) line(k * plane + i, width, height);
  } else for (let start = 0; start < plane; start++) line(start, plane, depth);
}

/**
 * Dilates or erodes a mask by a box, one axis after the other. The outside of the grid has no say.
 *
 * @param radii voxels along each axis
 * @param value 1 dilates, 0 erodes
 */
function spread(mask: Mask, grid: Grid, radii: Radii, value: 0 | 1): Mask {
  let from = mask;
  for (const axis of [0, 1, 2] as const) {
    const radius = radii[axis];
    if (radius <= 0) continue;
    const to = new Uint8Array(from);
    forLines(grid, axis, (start, step, length) => {
      // `last`: the newest position that holds the value; those within the radius of one take it.
      let last = -Infinity;
      for (let n = 0, at = start; n < length; n++, at += step) {
        if ((from[at] ? 1 : 0) === value) last = n;
        if (n - last <= radius) to[at] = value;
      }
      last = Infinity;
      for (let n = length - 1, at = start + n * step; n >= 0; n--, at -= step) {
        if ((from[at] ? 1 : 0) === value) last = n;
        if (last - n <= radius) to[at] = value;
      }
    });
    from = to;
  }
  return from === mask ? new Uint8Array(mask) : from;
}

export const dilate = (mask: Mask, grid: Grid, radii: Radii) => spread(mask, grid, radii, 1);
export const erode = (mask: Mask, grid: Grid, radii: Radii) => spread(mask, grid, radii, 0);
export const open = (mask: Mask, grid: Grid, radii: Radii) => dilate(erode(mask, grid, radii), grid, radii);
export const close = (mask: Mask, grid: Grid, radii: Radii) => erode(dilate(mask, grid, radii), grid, radii);

/** Voxels of `mask` that lie within some voxels of `seed`. */
export function near(seed: Mask, mask: Mask, grid: Grid, radii: Radii): Mask {
  const reached = dilate(seed, grid, radii);
  for (let at = 0; at < reached.length; at++) reached[at] = reached[at] && mask[at] ? 1 : 0;
  return reached;
}

export interface Components {
  /** 0 outside, else the component's number from 1. */
  labels: Int32Array;
  /** Voxels of each component; entry 0 is unused. */
  sizes: number[];
}

/** Numbers the connected parts of a mask; voxels touch by their faces. */
export function components(mask: Mask, grid: Grid): Components {
  const { width, height } = grid;
  const plane = width * height;
  const total = sizeOf(grid);
  const labels = new Int32Array(total);
  const sizes = [0];
  const stack = new Int32Array(total);
  for (let first = 0; first < total; first++) {
    if (!mask[first] || labels[first]) continue;
    const label = sizes.length;
    let top = 0;
    let count = 0;
    stack[top++] = first;
    labels[first] = label;
    while (top > 0) {
      const at = stack[--top] ?? 0;
      count++;
      const i = at % width;
      const inPlane = at % plane;
      const visit = (next: number) => {
        if (!mask[next] || labels[next]) return;
        labels[next] = label;
        stack[top++] = next;
      };
      if (i > 0) visit(at - 1);
      if (i < width - 1) visit(at + 1);
      if (inPlane >= width) visit(at - width);
      if (inPlane < plane - width) visit(at + width);
      if (at >= plane) visit(at - plane);
      if (at < total - plane) visit(at + plane);
    }
    sizes.push(count);
  }
  return { labels, sizes };
}

/** The largest connected part of a mask; empty for an empty mask. */
export function largest(mask: Mask, grid: Grid): Mask {
  const { labels, sizes } = components(mask, grid);
  const best = sizes.indexOf(Math.max(...sizes));
  return maskWhere(labels.length, (at) => labels[at] === best && best > 0);
}

/** Marks what can be reached in each slice, along `open` voxels, from the slice's border. */
export function reachedFromBorder(passable: Mask, { width, height, depth }: Grid): Mask {
  const plane = width * height;
  const reached = new Uint8Array(passable.length);
  const stack = new Int32Array(plane);
  for (let k = 0; k < depth; k++) {
    const base = k * plane;
    let top = 0;
    const visit = (at: number) => {
      if (!passable[base + at] || reached[base + at]) return;
      reached[base + at] = 1;
      stack[top++] = at;
    };
    for (let i = 0; i < width; i++) {
      visit(i);
      visit(plane - width + i);
    }
    for (let j = 0; j < height; j++) {
      visit(j * width);
      visit(j * width + width - 1);
    }
    while (top > 0) {
      const at = stack[--top] ?? 0;
      const i = at % width;
      if (i > 0) visit(at - 1);
      if (i < width - 1) visit(at + 1);
      if (at >= width) visit(at - width);
      if (at < plane - width) visit(at + width);
    }
  }
  return reached;
}

/** Gives every voxel of `mask` the label of the seed that reaches it first through the mask; 0 where none does. */
export function growLabels(seeds: Mask, mask: Mask, grid: Grid): Mask {
  const { width, height } = grid;
  const plane = width * height;
  const total = sizeOf(grid);
  const result = new Uint8Array(total);
  const queue = new Int32Array(total);
  let end = 0;
  for (let at = 0; at < total; at++) {
    if (!seeds[at] || !mask[at]) continue;
    result[at] = seeds[at] ?? 0;
    queue[end++] = at;
  }
  for (let head = 0; head < end; head++) {
    const at = queue[head] ?? 0;
    const label = result[at] ?? 0;
    const i = at % width;
    const inPlane = at % plane;
    const visit = (next: number) => {
      if (!mask[next] || result[next]) return;
      result[next] = label;
      queue[end++] = next;
    };
    if (i > 0) visit(at - 1);
    if (i < width - 1) visit(at + 1);
    if (inPlane >= width) visit(at - width);
    if (inPlane < plane - width) visit(at + width);
    if (at >= plane) visit(at - plane);
    if (at < total - plane) visit(at + plane);
  }
  return result;
}
