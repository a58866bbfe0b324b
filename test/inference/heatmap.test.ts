import { expect, it } from 'vitest';
import { colourOf, heatmapOverlay } from '../../server/inference/heatmap.js';

it('colours by viridis and is transparent where there is nothing', () => {
  const overlay = heatmapOverlay({ width: 2, height: 1, values: [0, 1] }, 8, 4, 0.5);
  expect(overlay).toHaveLength(8 * 4 * 4);
  expect([...overlay.slice(0, 4)]).toEqual([68, 1, 84, 0]);
  expect([...overlay.slice(7 * 4, 8 * 4)]).toEqual([253, 231, 37, 128]);
  const alphas = Array.from({ length: 8 }, (_, x) => overlay[x * 4 + 3] ?? 0);
  expect(alphas).toEqual([...alphas].sort((a, b) => a - b));
});

it('grows lighter with the value, so that hue is not needed to read it', () => {
  const lightness = Array.from({ length: 21 }, (_, i) => {
    const [red, green, blue] = colourOf(i / 20);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  expect(lightness).toEqual([...lightness].sort((a, b) => a - b));
  expect(colourOf(7)).toEqual(colourOf(1));
});
