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
  // One word a colour, and one pass over typed arrays: the map is asked for by every viewer of a result.
  const colours = Uint32Array.from({ length: 256 }, (_, i) => {
    const bytes = Uint8Array.of(...colourOf(i / 255), Math.round((opacity * 255 * i) / 255));
    return new Uint32Array(bytes.buffer)[0] ?? 0;
  });
  const { values, width: cells } = heatmap;
  const columns = places(width, cells);
  const rows = places(height, heatmap.height);
  const result = new Uint32Array(width * height);
  const blended = new Float32Array(cells);
  for (let y = 0; y < height; y++) {
    const above = (rows.first[y] ?? 0) * cells;
    const below = (rows.second[y] ?? 0) * cells;
    const share = rows.share[y] ?? 0;
    for (let x = 0; x < cells; x++) {
      blended[x] = (values[above + x] ?? 0) * (1 - share) + (values[below + x] ?? 0) * share;
    }
    for (let x = 0; x < width; x++) {
      const left = blended[columns.first[x] ?? 0] ?? 0;
      const right = blended[columns.second[x] ?? 0] ?? 0;
      const value = left + (right - left) * (columns.share[x] ?? 0);
      result[y * width + x] = colours[Math.round(clamp(value, 0, 1) * 255)] ?? 0;
    }
  }
  return new Uint8Array(result.buffer);
}

/** Between the centres of which cells each pixel lies, and how far it is towards the second. */
function places(length: number, cells: number) {
  const first = new Uint32Array(length);
  const second = new Uint32Array(length);
  const share = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    const position = clamp(((index + 0.5) * cells) / length - 0.5, 0, cells - 1);
    first[index] = Math.floor(position);
    second[index] = Math.min(Math.floor(position) + 1, cells - 1);
    share[index] = position - Math.floor(position);
  }
  return { first, second, share };
}
