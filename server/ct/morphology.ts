// Shapes on a grid. Every operation visits each voxel a fixed number of times, whatever the picture shows.
import { maskWhere, sizeOf, type Grid, type Mask } from './volume.js';

type Radii = readonly [number, number, number];

/** Sets `to` wherever `from` is set `shift` voxels before or behind along an axis; nothing wraps around. */
function orShifted(from: Mask, to: Mask, { width, height, depth }: Grid, axis: 0 | 1 | 2, shift: number) {
  const line = axis === 0 ? width : axis === 1 ? width * height : width * height * depth;
  const step = shift * (axis === 0 ? 1 : axis === 1 ? width : width * height);
  // Four voxels at a time where rows are whole words, as those of a cropped volume are.
  if (step % 4 === 0 && line % 4 === 0) {
    orWords(new Uint32Array(from.buffer), new Uint32Array(to.buffer), line / 4, step / 4);
  } else orBytes(from, to, line, step);
}

// The two are the same but for their types: one function for both would run several times slower.
function orBytes(from: Uint8Array, to: Uint8Array, line: number, step: number) {
  for (let start = 0; start < from.length; start += line) {
    const end = start + line - step;
    for (let at = start; at < end; at++) to[at] = (to[at] ?? 0) | (from[at + step] ?? 0);
    for (let at = start; at < end; at++) to[at + step] = (to[at + step] ?? 0) | (from[at] ?? 0);
  }
}

function orWords(from: Uint32Array, to: Uint32Array, line: number, step: number) {
  for (let start = 0; start < from.length; start += line) {
    const end = start + line - step;
    for (let at = start; at < end; at++) to[at] = (to[at] ?? 0) | (from[at + step] ?? 0);
    for (let at = start; at < end; at++) to[at + step] = (to[at + step] ?? 0) | (from[at] ?? 0);
  }
}

/** Dilates along one axis, in steps that double: a reach of r takes about log2 r passes. */
function dilateLine(mask: Mask, grid: Grid, axis: 0 | 1 | 2, radius: number): Mask {
  let from = mask;
  for (let reach = 0; reach < radius;) {
    // A gap between the shifted copies would leave holes, so a step is at most twice the reach and one more.
    const shift = Math.min(radius - reach, 2 * reach + 1);
    const to = new Uint8Array(from);
    orShifted(from, to, grid, axis, shift);
    from = to;
    reach += shift;
  }
  return from;
}

const complement = (mask: Mask) => {
  const result = new Uint8Array(mask.length);
  for (let at = 0; at < mask.length; at++) result[at] = mask[at] ? 0 : 1;
  return result;
};

/**
 * Dilates a mask by a box, one axis after the other.
 *
 * @param radii voxels along each axis
 */
export function dilate(mask: Mask, grid: Grid, radii: Radii): Mask {
  let result = mask;
  for (const axis of [0, 1, 2] as const) result = dilateLine(result, grid, axis, radii[axis]);
  return result === mask ? new Uint8Array(mask) : result;
}

/** Erodes a mask by a box. The outside of the grid has no say. */
export const erode = (mask: Mask, grid: Grid, radii: Radii) =>
  complement(dilate(complement(mask), grid, radii));
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
