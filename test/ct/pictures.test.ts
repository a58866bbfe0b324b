import { describe, expect, it } from 'vitest';
import { coronalMap, planVolume, slabAsStored, sliceOverlay, type CtVolume } from '../../server/ct/index.js';
import { createVolumeBuilder } from '../../server/ct/volume-builder.js';
import type { Stack } from '../../server/ct/series.js';

/** 4 columns, 2 rows, 3 slabs of 2 x 2 x 4 mm. */
const volume: CtVolume = {
  width: 4,
  height: 2,
  depth: 3,
  spacing: [2, 2, 4],
  hu: new Int16Array(24).fill(-850),
};
const at = (i: number, j: number, k: number) => (k * 2 + j) * 4 + i;

/** A stack of three slices of 20 columns and 10 rows. */
function stackOf(orientation: number[]): Stack {
  const slices = [0, 4, 8].map((along, i) => ({
    id: String(i),
    frame: 0,
    seriesInstanceUid: '1.2',
    seriesDescription: null,
    modality: 'CT',
    imageType: [],
    bodyPartExamined: null,
    kernel: null,
    contrastAgent: null,
    position: [0, 0, along],
    pixelSpacing: [2, 2],
    sliceThickness: 4,
    rows: 10,
    columns: 20,
    orientation,
    along,
  }));
  const problems = { duplicates: 0, gaps: 0, mixedSpacing: false };
  return { seriesInstanceUid: '1.2', description: null, slices, spacing: 4, tilt: 0, axial: true, problems };
}

describe('pictures of what was found', () => {
  it.each([
    ['as the volume', [1, 0, 0, 0, 1, 0]],
    ['feet first', [-1, 0, 0, 0, 1, 0]],
    ['face down', [-1, 0, 0, 0, -1, 0]],
    ['on the side', [0, 1, 0, -1, 0, 0]],
    ['on the other side', [0, -1, 0, 1, 0, 0]],
  ])('lie in the slice as it is stored: %s', (_, orientation) => {
    const plan = planVolume(stackOf(orientation));
    const builder = createVolumeBuilder(plan);
    const picture = new Int16Array(plan.slice.columns * plan.slice.rows).fill(-1000);
    const spot = 3 * plan.slice.columns + 14;
    picture[spot] = 40;
    [0, 1, 2].forEach((index) => builder.add(index, picture));
    const { hu } = builder.finish();
    const map = Uint8Array.from(hu, (value) => (value > 0 ? 2 : 0));
    const stored = slabAsStored(plan, map, 1);
    expect([...stored.keys()].filter((p) => stored[p] === 2)).toEqual([spot]);
  });

  it('lay colour only over what is involved, another for each kind', () => {
    const mask = Uint8Array.of(0, 1, 1, 0, 0, 0, 2, 2);
    const { width, height, pixels } = sliceOverlay(mask, { columns: 4, rows: 2 }, { width: 40, height: 20 });
    expect([width, height, pixels.length]).toEqual([40, 20, 3200]);
    const colour = (x: number, y: number) => [...pixels.slice((y * 40 + x) * 4, (y * 40 + x) * 4 + 4)];
    const [glass, solid, nothing] = [colour(15, 4), colour(25, 17), colour(2, 2)];
    expect(glass[3]).toBeGreaterThan(80);
    expect(solid[3]).toBeGreaterThan(glass[3] ?? 0);
    expect(glass.slice(0, 3)).not.toEqual(solid.slice(0, 3));
    expect(nothing).toEqual([0, 0, 0, 0]);
    const empty = sliceOverlay(new Uint8Array(8), { columns: 4, rows: 2 }, { width: 40, height: 20 });
    expect(empty.pixels.some((value) => value !== 0)).toBe(false);
  });

  it("show the head end on top, in the body's proportions", () => {
    const sides = new Uint8Array(24);
    const map = new Uint8Array(24);
    for (const j of [0, 1]) {
      sides[at(0, j, 2)] = 1;
      map[at(0, j, 2)] = 2;
      sides[at(0, j, 0)] = 1;
    }
    const { width, height, pixels } = coronalMap(volume, sides, map);
    expect([width, height]).toEqual([4, 6]);
    const [red, , blue] = [0, 1, 2].map((c) => pixels[c]);
    expect(red).toBeGreaterThan((blue ?? 0) + 100);
    const foot = 5 * 4 * 4;
    expect(pixels[foot]).toBe(pixels[foot + 2]);
    expect(pixels[foot]).toBeGreaterThan(0);
  });
});
