import type { CtVolume, Mask } from './volume.js';

/** How steeply the lungs' tops fall towards the wall, where no air shows it. */
const slope = 0.8;

/**
 * The highest slice of one lung over each column of the grid. Columns without air take a neighbour's, less what the
 * apex falls on the way.
 *
 * @returns height * width slices; -1 far from the lung
 */
export function ceiling({ width, height, depth, spacing }: CtVolume, own: Mask): Float32Array {
  const plane = width * height;
  const top = new Float32Array(plane).fill(-1);
  for (let k = 0, at = 0; k < depth; k++) {
    for (let p = 0; p < plane; p++, at++) if (own[at]) top[p] = k;
  }
  const known = Uint8Array.from(top, (value) => (value >= 0 ? 1 : 0));
  const falls = (step: number) => (slope * step) / spacing[2];
  // Two sweeps there and back carry a fall of equal slope over the plane (a distance transform).
  const relax = (p: number, from: number, step: number) => {
    if (known[p] || (top[from] ?? -1) < 0) return;
    top[p] = Math.max(top[p] ?? -1, (top[from] ?? -1) - falls(step));
  };
  for (let pass = 0; pass < 2; pass++) {
    for (let p = 0; p < plane; p++) {
      if (p % width > 0) relax(p, p - 1, spacing[0]);
      if (p >= width) relax(p, p - width, spacing[1]);
    }
    for (let p = plane - 1; p >= 0; p--) {
      if (p % width < width - 1) relax(p, p + 1, spacing[0]);
      if (p < plane - width) relax(p, p + width, spacing[1]);
    }
  }
  return top;
}
