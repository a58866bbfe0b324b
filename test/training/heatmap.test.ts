import { describe, expect, it } from 'vitest';
import { overPicture } from '../../server/inference/heatmap-geometry.js';

describe('the heatmap over the original picture', () => {
  const map = { width: 2, height: 2, values: [1, 0, 0, 0] };

  it('keeps the picture’s shape and is zero outside the network’s view', () => {
    const over = overPicture(map, { x: 100, y: 0, width: 100, height: 100 }, { width: 200, height: 100 }, 8);
    expect([over.width, over.height]).toEqual([8, 4]);
    for (let row = 0; row < 4; row++) {
      expect(over.values.slice(row * 8, row * 8 + 4)).toEqual([0, 0, 0, 0]);
    }
    expect(over.values[4]).toBe(1);
    expect(over.values[7]).toBe(0);
    expect(over.values[4]).toBeGreaterThan(over.values[5] ?? 1);
  });
});
