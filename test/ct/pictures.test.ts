import { describe, expect, it } from 'vitest';
import { coronalMap, slabOverlay, type CtVolume } from '../../server/ct/index.js';

/** 4 columns, 2 rows, 3 slabs of 2 x 2 x 4 mm. */
const volume: CtVolume = {
  width: 4,
  height: 2,
  depth: 3,
  spacing: [2, 2, 4],
  hu: new Int16Array(24).fill(-850),
};
const at = (i: number, j: number, k: number) => (k * 2 + j) * 4 + i;

describe('pictures of what was found', () => {
  it('lays colour only over what is involved in the slab', () => {
    const map = new Uint8Array(24);
    map[at(1, 0, 2)] = 1;
    map[at(2, 1, 2)] = 2;
    const { width, height, pixels } = slabOverlay(volume, map, 2);
    expect([width, height]).toEqual([4, 2]);
    const shown = Array.from({ length: 8 }, (_, p) => pixels[p * 4 + 3]);
    expect(shown).toEqual([0, 160, 0, 0, 0, 0, 160, 0]);
    expect(slabOverlay(volume, map, 0).pixels.some((value) => value !== 0)).toBe(false);
  });

  it("shows the head end on top, in the body's proportions", () => {
    const sides = new Uint8Array(24);
    const map = new Uint8Array(24);
    for (const j of [0, 1]) {
      sides[at(0, j, 2)] = 1;
      map[at(0, j, 2)] = 2;
    }
    const { width, height, pixels } = coronalMap(volume, sides, map);
    expect([width, height]).toEqual([4, 6]);
    const [red, green] = [0, 1].map((c) => pixels[c]);
    expect(red).toBeGreaterThan((green ?? 0) + 100);
    expect(pixels[(5 * 4 + 0) * 4]).toBe(0);
  });
});
