import { describe, expect, it } from 'vitest';
import { chooseStack, createVolumeBuilder, planVolume, type SliceInfo } from '../../server/ct/index.js';
import { stacksOf } from '../../server/ct/series.js';

const axial = [1, 0, 0, 0, 1, 0];

/** A series of `count` axial slices `step` mm apart. */
function series(name: string, count: number, step: number, changes: Partial<SliceInfo> = {}): SliceInfo[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${name} ${String(i).padStart(4, '0')}`,
    frame: 0,
    seriesInstanceUid: name,
    seriesDescription: 'Chest',
    modality: 'CT',
    imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    bodyPartExamined: 'CHEST',
    kernel: 'STANDARD',
    contrastAgent: null,
    orientation: axial,
    position: [-180, -180, i * step - 100],
    pixelSpacing: [0.7, 0.7],
    sliceThickness: step,
    rows: 512,
    columns: 512,
    ...changes,
  }));
}

/** The same order of cards on every run. */
const shuffled = <T>(items: T[]) =>
  items
    .map((item, i) => ({ item, key: (i * 7919) % 1009 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

describe('stacks of slices', () => {
  it('are ordered by place, whatever the order of arrival', () => {
    const slices = series('a', 60, 2.5);
    const { stacks } = stacksOf(shuffled(slices));
    expect(stacks).toHaveLength(1);
    expect(stacks[0]?.slices.map(({ id }) => id)).toEqual(slices.map(({ id }) => id));
    expect(stacks[0]?.spacing).toBeCloseTo(2.5);
    expect(stacks[0]?.problems).toEqual({ duplicates: 0, gaps: 0, mixedSpacing: false });
  });

  it('count duplicates, gaps and mixed spacing', () => {
    const slices = series('a', 60, 2.5);
    const twin = slices.slice(10, 12).map((slice) => ({ ...slice, id: `${slice.id} again` }));
    const gap = slices.filter((_, i) => i !== 30 && i !== 31);
    const [stack] = stacksOf([...gap, ...twin]).stacks;
    expect(stack?.problems).toEqual({ duplicates: 2, gaps: 1, mixedSpacing: false });
    const uneven = [
      ...series('b', 40, 2),
      ...series('b', 40, 3).map((s) => ({
        ...s,
        id: `${s.id}+`,
        position: [-180, -180, 80 + Number(s.position?.[2])],
      })),
    ];
    expect(stacksOf(uneven).stacks[0]?.problems.mixedSpacing).toBe(true);
  });

  it('follow a tilted gantry along its normal', () => {
    const angle = (15 * Math.PI) / 180;
    const tilted = series('a', 60, 2.5, { orientation: [1, 0, 0, 0, Math.cos(angle), -Math.sin(angle)] });
    const [stack] = stacksOf(shuffled(tilted)).stacks;
    expect(stack?.tilt).toBeCloseTo(15, 3);
    expect(stack?.axial).toBe(true);
    expect(stack?.spacing).toBeCloseTo(2.5 * Math.cos(angle), 5);
  });

  it('leave out what has no place in the body or no valid orientation', () => {
    const { stacks, leftOut } = stacksOf([
      ...series('a', 30, 2, { orientation: null }),
      ...series('b', 30, 2, { orientation: [1, 0, 0, 1, 0, 0] }),
      ...series('c', 30, 2, { position: null }),
    ]);
    expect(stacks).toEqual([]);
    expect(leftOut.map(({ slices }) => slices)).toEqual([30, 30, 30]);
  });
});

describe('the choice of a stack', () => {
  const reasonOf = (slices: SliceInfo[], series: string) =>
    chooseStack(slices).leftOut.find((l) => l.seriesInstanceUid === series)?.reason;

  it('prefers thin axial lung series and says why the others are left out', () => {
    const all = [
      ...series('thin lung', 250, 1.25, { kernel: 'LUNG' }),
      ...series('thin soft', 250, 1.25, { kernel: 'B30f' }),
      ...series('thick', 60, 5, { kernel: 'LUNG' }),
      ...series('scout', 2, 1, {
        imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'],
        orientation: [1, 0, 0, 0, 0, -1],
      }),
      ...series('coronal', 100, 2, { orientation: [1, 0, 0, 0, 0, -1] }),
      ...series('reformat', 250, 1, { imageType: ['DERIVED', 'SECONDARY', 'REFORMATTED'] }),
      ...series('dose', 1, 1, {
        seriesDescription: 'Dose Report',
        imageType: ['DERIVED', 'SECONDARY', 'SCREEN SAVE'],
      }),
      ...series('contrast', 250, 1.25, { contrastAgent: 'Iohexol', kernel: 'LUNG' }),
      ...series('head', 200, 1, { bodyPartExamined: 'HEAD', seriesDescription: 'Head' }),
      ...series('single', 1, 1),
      ...series('few', 10, 5),
    ];
    const { chosen, leftOut } = chooseStack(shuffled(all));
    expect(chosen?.seriesInstanceUid).toBe('thin lung');
    expect(
      Object.fromEntries(leftOut.map(({ seriesInstanceUid, reason }) => [seriesInstanceUid, reason])),
    ).toEqual({
      'thin soft': 'is not reconstructed with a lung kernel',
      thick: 'has thicker slices',
      scout: 'is a localiser',
      coronal: 'is not axial',
      reformat: 'is a reformat of another series',
      dose: 'is a dose report or a screen capture',
      contrast: 'is a contrast phase',
      head: 'shows another part of the body',
      single: 'is a single slice (1; 20 are needed)',
      few: 'has too few slices (10; 20 are needed)',
    });
  });

  it('takes a contrast phase or thick slices when there is nothing else, and nothing when nothing will do', () => {
    expect(chooseStack(series('a', 100, 3, { contrastAgent: 'Iohexol' })).chosen).not.toBeNull();
    expect(chooseStack(series('b', 40, 8)).chosen).not.toBeNull();
    expect(chooseStack(series('c', 40, 1)).chosen).toBeNull();
    expect(reasonOf(series('c', 40, 1), 'c')).toBe('covers only 39 mm of the body');
    expect(chooseStack([])).toEqual({ chosen: null, leftOut: [] });
  });
});

describe('the volume of a stack', () => {
  const built = (slices: SliceInfo[], value: (info: SliceInfo, i: number, j: number) => number) => {
    const [stack] = stacksOf(slices).stacks;
    if (!stack) throw new Error('no stack');
    const plan = planVolume(stack);
    const builder = createVolumeBuilder(plan);
    stack.slices.forEach((info, index) => {
      const hu = new Int16Array(plan.width * plan.height);
      for (let at = 0; at < hu.length; at++)
        hu[at] = value(info, at % plan.width, Math.floor(at / plan.width));
      builder.add(index, hu);
    });
    return { plan, volume: builder.finish() };
  };

  it('has a bounded grid, however many slices there are', () => {
    for (const [count, step] of [
      [1500, 0.25],
      [300, 1],
      [60, 5],
    ] as const) {
      const [stack] = stacksOf(series('a', count, step)).stacks;
      if (!stack) throw new Error('no stack');
      const { width, height, depth, spacing } = planVolume(stack);
      expect(width).toBeLessThanOrEqual(192);
      expect(height).toBeLessThanOrEqual(192);
      expect(depth).toBeLessThanOrEqual(260);
      expect(depth * spacing[2]).toBeGreaterThan(count * step * 0.95);
      expect(depth * spacing[2]).toBeLessThan(count * step * 1.1);
    }
  });

  it('fills the slabs of missing slices from their neighbours', () => {
    const slices = series('a', 60, 2.5).filter((_, i) => i !== 30);
    const { volume } = built(slices, ({ position }) => Math.round((position?.[2] ?? 0) * 2));
    const plane = volume.width * volume.height;
    expect(volume.depth).toBe(60);
    expect([29, 30, 31].map((k) => volume.hu[k * plane])).toEqual([-55, -50, -45]);
  });

  it('turns prone and feet-first pictures so that the patient lies the same way', () => {
    const prone = built(
      series('a', 30, 2.5, { orientation: [-1, 0, 0, 0, -1, 0] }),
      (_, i, j) => i + 1000 * (j > 0 ? 1 : 0),
    );
    const { width, height } = prone.volume;
    expect(prone.volume.hu[0]).toBe(width - 1 + 1000);
    expect(prone.volume.hu[height * width - 1]).toBe(0);
    const turned = built(
      series('a', 30, 2.5, { orientation: [0, 1, 0, 1, 0, 0] }),
      (_, i, j) => i * 10 + (j === 0 ? 1 : 0),
    );
    // Rows run to the back and columns to the left: i of the picture is j of the volume.
    expect(turned.volume.hu[0]).toBe(1);
    expect(turned.volume.hu[turned.volume.width]).toBe(11);
    expect(turned.volume.hu[1]).toBe(0);
  });
});
