import { describe, expect, it } from 'vitest';
import {
  mayShowLung,
  refine,
  refusalOf,
  slicesOfVolume,
  spread,
  type LeftOut,
} from '../../server/ct/index.js';
import { tasksOf } from '../../server/triage/modalities.js';

const leftOut = (...codes: LeftOut['code'][]): LeftOut[] =>
  codes.map((code) => ({ seriesInstanceUid: code, description: null, slices: 1, code, reason: '' }));

describe('the slices that are decoded', () => {
  it('are one of each slab, however thin the slices are', () => {
    expect(slicesOfVolume({ slabs: [0, 0, 0, 1, 1, 1, 3, 3, 3] })).toEqual([1, 4, 7]);
    expect(slicesOfVolume({ slabs: [0, 1, 2] })).toEqual([0, 1, 2]);
  });

  it('are spread from end to end', () => {
    expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
    expect(spread([...Array(100).keys()], 4)).toEqual([12, 37, 62, 87]);
  });

  it('may show lung where enough of them is neither air nor tissue', () => {
    const slice = new Int16Array(1000).fill(-1000);
    expect(mayShowLung(slice)).toBe(false);
    expect(mayShowLung(slice.fill(-850, 0, 100))).toBe(true);
    expect(mayShowLung(new Int16Array(1000).fill(40))).toBe(false);
  });
});

describe('the slices that are classified once the lungs are known', () => {
  const candidates = (known: Record<number, number>, involved: Record<number, number> = {}) =>
    Array.from({ length: 40 }, (_, place) => ({
      index: 100 + 2 * place,
      involvementPercent: involved[place] ?? 0,
      covidProbability: known[place] ?? null,
    }));
  const none = { places: 1, involved: 0, strongest: 0 };

  it('leave no part of the height out', () => {
    const added = refine(candidates({}), { ...none, places: 8 });
    expect(added).toHaveLength(8);
    const gaps = added.slice(1).map((index, i) => index - (added[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12);
    const known = Object.fromEntries([...Array(20).keys()].map((i) => [i * 2, 0.1]));
    expect(refine(candidates(known), { ...none, places: 8 })).toEqual([]);
  });

  it('are where most is involved, not beside one that is known', () => {
    const known = { 5: 0.1, 20: 0.1, 35: 0.1 };
    const involved = { 6: 90, 12: 40, 13: 50, 30: 10 };
    expect(refine(candidates(known, involved), { ...none, involved: 2 })).toEqual([126, 160]);
  });

  it('lie between the strongest and its neighbours', () => {
    const known = { 0: 0.1, 10: 0.9, 20: 0.2, 30: 0.1 };
    expect(refine(candidates(known), { ...none, strongest: 1 })).toEqual([110, 130]);
  });
});

describe('why no series is judged', () => {
  it.each<[LeftOut['code'][], string]>([
    [[], 'NO_SUITABLE_SERIES'],
    [['LOCALISER'], 'LOCALISER_ONLY'],
    [['NOT_A_SCAN'], 'NO_SUITABLE_SERIES'],
    [['LOCALISER', 'OTHER_BODY_PART', 'OTHER_BODY_PART'], 'NOT_A_CHEST_CT'],
    [['TOO_FEW_SLICES', 'NOT_A_SCAN'], 'TOO_FEW_SLICES'],
    [['TOO_SHORT'], 'LUNGS_NOT_COVERED'],
    [['TOO_FEW_SLICES', 'NOT_AXIAL'], 'NO_SUITABLE_SERIES'],
  ])('%j: %s', (codes, refusal) => {
    expect(refusalOf(leftOut(...codes))).toBe(refusal);
  });
});

describe('what a study is judged by', () => {
  const images = (modality: string, count: number, frames = 1) =>
    Array.from({ length: count }, () => ({ modality, frames }));
  it('is a CT series before an X-ray, and an X-ray before a few CT images', () => {
    expect(tasksOf(images('CT', 20))).toEqual(['ct-triage']);
    expect(tasksOf(images('DX', 2))).toEqual(['cxr-triage']);
    expect(tasksOf([...images('CT', 1, 200), ...images('DX', 2)])).toEqual(['ct-triage', 'cxr-triage']);
    expect(tasksOf([...images('CT', 2), ...images('CR', 1)])).toEqual(['cxr-triage', 'ct-triage']);
    expect(tasksOf(images('MR', 30))).toEqual([]);
  });
});
