import { contentBox } from '../../server/inference/borders.js';
import type { Picture } from '../../server/inference/types.js';

/** Which pixels of a picture belong to the lungs. */
export interface LungMask {
  width: number;
  height: number;
  /** width * height, 1 inside. */
  inside: Uint8Array;
}

/** Said in every report beside the figures that depend on it. */
export const lungRegionText =
  'two upright ellipses inside the picture without its frame, centred at 29 % and 71 % of its width and 46 % of its ' +
  'height, 34 % wide and 66 % high: where the lungs of a frontal film usually are, not found in each film';

/**
 * The lungs of a frontal film, by their usual place.
 *
 * @param grow widens the ellipses by this factor, to be sure that nothing of the lungs stays outside
 */
export function lungMask(picture: Picture, grow = 1): LungMask {
  const { width, height } = picture;
  const box = contentBox(picture);
  const rx = 0.17 * box.width * grow;
  const ry = 0.33 * box.height * grow;
  const cy = box.y + 0.46 * box.height;
  const centres = [0.29, 0.71].map((share) => box.x + share * box.width);
  const inside = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const down = ((y + 0.5 - cy) / ry) ** 2;
    if (down >= 1) continue;
    for (let x = 0; x < width; x++) {
      if (centres.some((cx) => ((x + 0.5 - cx) / rx) ** 2 + down < 1)) inside[y * width + x] = 1;
    }
  }
  return { width, height, inside };
}

/** Everything but the outer part of the picture without its frame: what is left of it are the borders alone. */
export function centreMask(picture: Picture, border = 0.12): LungMask {
  const { width, height } = picture;
  const box = contentBox(picture);
  const left = box.x + border * box.width;
  const right = box.x + (1 - border) * box.width;
  const top = box.y + border * box.height;
  const bottom = box.y + (1 - border) * box.height;
  const inside = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    if (y + 0.5 < top || y + 0.5 > bottom) continue;
    for (let x = 0; x < width; x++) if (x + 0.5 > left && x + 0.5 < right) inside[y * width + x] = 1;
  }
  return { width, height, inside };
}

/** The picture with the masked pixels set to the mean of the others, which tells nothing of what was there. */
export function without(picture: Picture, { inside }: LungMask): Picture {
  let sum = 0;
  let kept = 0;
  picture.pixels.forEach((value, i) => {
    if (inside[i]) return;
    sum += value;
    kept++;
  });
  const fill = Math.round(sum / Math.max(1, kept));
  return { ...picture, pixels: picture.pixels.map((value, i) => (inside[i] ? fill : value)) };
}

/**
 * Share of a heatmap's sum that falls on the mask, and the mask's share of the area.
 *
 * @param heatmap over the whole picture, at any resolution
 */
export function shareInside(
  heatmap: { width: number; height: number; values: number[] },
  mask: LungMask,
): { share: number; area: number } {
  let within = 0;
  let total = 0;
  let area = 0;
  heatmap.values.forEach((value, i) => {
    const column = i % heatmap.width;
    const row = Math.floor(i / heatmap.width);
    const covered = coverage(mask, column / heatmap.width, row / heatmap.height, heatmap);
    within += value * covered;
    total += value;
    area += covered;
  });
  return { share: total > 0 ? within / total : NaN, area: area / heatmap.values.length };
}

/** Share of a heatmap cell that the mask covers, from a 4 by 4 sample. */
function coverage(mask: LungMask, u: number, v: number, cells: { width: number; height: number }): number {
  let hits = 0;
  for (let j = 0; j < 4; j++) {
    const y = Math.min(mask.height - 1, Math.floor((v + (j + 0.5) / (4 * cells.height)) * mask.height));
    for (let i = 0; i < 4; i++) {
      const x = Math.min(mask.width - 1, Math.floor((u + (i + 0.5) / (4 * cells.width)) * mask.width));
      hits += mask.inside[y * mask.width + x] ?? 0;
    }
  }
  return hits / 16;
}
