import { clamp } from './numbers.js';
import type { Prediction } from './types.js';

/** Viridis (van der Walt and Smith 2015) at nine even steps: ordered by lightness, so colour blindness hides nothing. */
const viridis: [number, number, number][] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** Colour of a value from 0 to 1, each channel 0 to 255. */
export function colourOf(value: number): [number, number, number] {
  const position = clamp(value, 0, 1) * (viridis.length - 1);
  const below = viridis[Math.floor(position)] ?? [0, 0, 0];
  const above = viridis[Math.ceil(position)] ?? below;
  const share = position - Math.floor(position);
  const mix = (channel: 0 | 1 | 2) => Math.round(below[channel] + (above[channel] - below[channel]) * share);
  return [mix(0), mix(1), mix(2)];
}

/**
 * A heatmap as an overlay of any size: bilinear between the centres of its cells, coloured in viridis,
 * transparent where the value is 0.
 *
 * @param opacity alpha of value 1, from 0 to 1
 * @returns width * height * 4 bytes, RGBA with straight alpha
 */
export function heatmapOverlay(
  heatmap: Prediction['heatmap'],
  width: number,
  height: number,
  opacity = 0.6,
): Uint8Array {
  const colours = Array.from({ length: 256 }, (_, i) => colourOf(i / 255));
  const result = new Uint8Array(width * height * 4);
  const at = (x: number, y: number) => heatmap.values[y * heatmap.width + x] ?? 0;
  const place = (index: number, length: number, cells: number) => {
    const position = clamp(((index + 0.5) * cells) / length - 0.5, 0, cells - 1);
    const first = Math.floor(position);
    return { first, second: Math.min(first + 1, cells - 1), share: position - first };
  };
  const columns = Array.from({ length: width }, (_, x) => place(x, width, heatmap.width));
  for (let y = 0; y < height; y++) {
    const row = place(y, height, heatmap.height);
    columns.forEach((column, x) => {
      const top =
        at(column.first, row.first) * (1 - column.share) + at(column.second, row.first) * column.share;
      const bottom =
        at(column.first, row.second) * (1 - column.share) + at(column.second, row.second) * column.share;
      const value = clamp(top * (1 - row.share) + bottom * row.share, 0, 1);
      const [red, green, blue] = colours[Math.round(value * 255)] ?? [0, 0, 0];
      result.set([red, green, blue, Math.round(255 * opacity * value)], (y * width + x) * 4);
    });
  }
  return result;
}
