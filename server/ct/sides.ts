import { components, erode, growLabels } from './morphology.js';
import type { Grid, Mask } from './volume.js';

/** Labels of lung masks. */
export const right = 1;
export const left = 2;

/** Mean column of a component's voxels. */
function meanColumns(labels: Int32Array, count: number, { width }: Grid): number[] {
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at] ?? 0;
    if (label === 0) continue;
    sums[label] = (sums[label] ?? 0) + (at % width);
    sizes[label] = (sizes[label] ?? 0) + 1;
  }
  return Array.from(sums, (sum, i) => sum / Math.max(1, sizes[i] ?? 1));
}

/**
 * Tells the right lung from the left. Lungs that touch in front of the heart or behind the trachea are cut where they
 * are thinnest: eroded until they part, then grown back.
 *
 * @returns 1 for the right lung, 2 for the left; where there is only one, by its side of the body's middle
 */
export function splitSides(lungs: Mask, grid: Grid, middle: number): Mask {
  let total = 0;
  for (let at = 0; at < lungs.length; at++) if (lungs[at]) total++;
  let core = lungs;
  for (let radius = 0; radius <= 5; radius++) {
    if (radius > 0) core = erode(core, grid, [1, 1, 0]);
    const { labels, sizes } = components(core, grid);
    const columns = meanColumns(labels, sizes.length, grid);
    const large = sizes.flatMap((size, label) => (label > 0 && size > 0.08 * total ? [label] : []));
    const rightmost = Math.min(...large.map((label) => columns[label] ?? 0));
    const leftmost = Math.max(...large.map((label) => columns[label] ?? 0));
    if (large.length < 2 || !(rightmost < middle && leftmost > middle)) continue;
    const seeds = new Uint8Array(lungs.length);
    for (let at = 0; at < seeds.length; at++) {
      const label = labels[at] ?? 0;
      if (large.includes(label)) seeds[at] = (columns[label] ?? 0) < middle ? right : left;
    }
    const grown = growLabels(seeds, lungs, grid);
    return byMiddle(grown, lungs, grid, middle);
  }
  return byMiddle(new Uint8Array(lungs.length), lungs, grid, middle);
}

/** What no label has reached takes the side it lies on. */
function byMiddle(labels: Mask, lungs: Mask, { width }: Grid, middle: number): Mask {
  for (let at = 0; at < labels.length; at++) {
    if (lungs[at] && !labels[at]) labels[at] = at % width < middle ? right : left;
  }
  return labels;
}
