import { describe, expect, it } from 'vitest';
import { intervalAt } from '../../server/inference/interval.js';
import { fitIntervals } from '../../training/intervals.js';
import { createRandom } from '../../training/random.js';
import { intervalCoverage } from '../../training/statistics/calibration.js';

/** Films whose true frequency is a function of what is stated. */
function films(count: number, seed: number, truth: (stated: number) => number) {
  const random = createRandom(seed);
  const stated = Array.from({ length: count }, () => {
    const x = random.next();
    // Most films are sure, as those of a real model are.
    return x < 0.7 ? (random.next() < 0.5 ? 1 - x ** 4 : x ** 4) : random.next();
  });
  return { stated, cameTrue: stated.map((value) => random.next() < truth(value)) };
}

const share = (truth: (stated: number) => number) => {
  let covered = 0;
  let bins = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const fold = films(360, seed, truth);
    const curve = fitIntervals(fold.stated, fold.cameTrue);
    const held = films(600, 1000 + seed, truth);
    const found = intervalCoverage(
      held.stated,
      held.stated.map((value) => intervalAt(curve, value)),
      held.cameTrue,
    );
    covered += found.filter((bin) => bin.covered).length;
    bins += found.length;
  }
  return covered / bins;
};

describe('intervals of probabilities', () => {
  it.each([
    ['true', (stated: number) => stated],
    ['too sure', (stated: number) => 0.15 + 0.7 * stated],
    ['too shy', (stated: number) => 1 / (1 + ((1 - stated) / Math.max(stated, 1e-9)) ** 2)],
  ])('hold what comes true among new films when the model is %s', (_name, truth) => {
    expect(share(truth)).toBeGreaterThan(0.85);
  });

  it('are not so wide that they say nothing', () => {
    const fold = films(360, 1, (stated) => stated);
    const curve = fitIntervals(fold.stated, fold.cameTrue);
    const { low, high } = intervalAt(curve, 0.001);
    expect(high - low).toBeLessThan(0.15);
    expect(intervalAt(curve, 0.5).high - intervalAt(curve, 0.5).low).toBeLessThan(0.35);
  });

  it('hold the probability, never leave 0 to 1 and never fall as it rises', () => {
    const fold = films(200, 3, (stated) => stated);
    const curve = fitIntervals(fold.stated, fold.cameTrue);
    let before = { low: 0, high: 0 };
    for (let probability = 0; probability <= 1; probability += 0.01) {
      const found = intervalAt(curve, probability);
      expect(found.low).toBeLessThanOrEqual(probability);
      expect(found.high).toBeGreaterThanOrEqual(probability);
      expect(found.low).toBeGreaterThanOrEqual(before.low - 1e-9);
      expect(found.high).toBeGreaterThanOrEqual(before.high - 1e-9);
      expect(found.high).toBeLessThanOrEqual(1);
      before = found;
    }
  });

  it('are made of what there is when there are few films', () => {
    const curve = fitIntervals([0.2, 0.9], [false, true]);
    expect(curve.at).toHaveLength(1);
    expect(intervalAt(curve, 0.5)).toEqual({ low: curve.low[0], high: curve.high[0] });
  });
});
