import type { Box } from './borders.js';
import { clamp } from './numbers.js';
import type { Prediction } from './types.js';

type Heatmap = Prediction['heatmap'];

/**
 * Spreads a map of the network's view over the whole original picture, so that whoever draws it needs to know
 * nothing of the crop: zero outside the view, bilinear inside.
 *
 * @param map covers `box`
 * @param size width and height of the original picture, pixels
 * @param cells longer side of the result
 */
export function overPicture(
  map: Heatmap,
  box: Box,
  size: { width: number; height: number },
  cells = 32,
): Heatmap {
  const longest = Math.max(size.width, size.height, 1);
  const width = Math.max(1, Math.round((cells * size.width) / longest));
  const height = Math.max(1, Math.round((cells * size.height) / longest));
  const values = Array.from({ length: width * height }, (_, i) => {
    const u = ((((i % width) + 0.5) / width) * size.width - box.x) / box.width;
    const v = (((Math.floor(i / width) + 0.5) / height) * size.height - box.y) / box.height;
    if (u < 0 || u > 1 || v < 0 || v > 1) return 0;
    return Number(sample(map, u * map.width - 0.5, v * map.height - 0.5).toFixed(4));
  });
  return { width, height, values };
}

function sample(map: Heatmap, x: number, y: number): number {
  const column = clamp(x, 0, map.width - 1);
  const row = clamp(y, 0, map.height - 1);
  const left = Math.floor(column);
  const top = Math.floor(row);
  const at = (i: number, j: number) =>
    map.values[Math.min(j, map.height - 1) * map.width + Math.min(i, map.width - 1)] ?? 0;
  const upper = at(left, top) * (1 - column + left) + at(left + 1, top) * (column - left);
  const lower = at(left, top + 1) * (1 - column + left) + at(left + 1, top + 1) * (column - left);
  return upper * (1 - row + top) + lower * (row - top);
}
