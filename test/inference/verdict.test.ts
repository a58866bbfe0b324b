import { describe, expect, it } from 'vitest';
import { contradictsInvolvement, seriesVerdict, type JudgedSlice } from '../../server/ct/verdict.js';
import { createRandom } from '../../training/random.js';

const rule = { strongest: 5, slope: 1, intercept: 0, halfWidth: 1, involvedFrom: 10, clearBelow: 1 };
const slices = (...probabilities: number[]): JudgedSlice[] =>
  probabilities.map((covidProbability) => ({ covidProbability, involvementPercent: 3 }));

function randomSeries(seed: number): JudgedSlice[] {
  const random = createRandom(seed);
  return slices(...Array.from({ length: 5 + random.below(60) }, () => random.next()));
}

describe('the verdict on a series', () => {
  it('does not depend on the order of the slices', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const series = randomSeries(seed);
      const shuffled = createRandom(seed + 99).shuffle(series);
      const [a, b] = [seriesVerdict(series, rule), seriesVerdict(shuffled, rule)];
      expect(b.probability).toBeCloseTo(a.probability, 12);
      const values = ({ evidence }: typeof a, from: JudgedSlice[]) =>
        evidence.map((i) => from[i]?.covidProbability);
      expect(values(b, shuffled)).toEqual(values(a, series));
    }
  });

  it('never falls when a slice becomes more probable', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const series = randomSeries(seed);
      const at = createRandom(seed + 7).below(series.length);
      const raised = series.map((one, i) =>
        i === at ? { ...one, covidProbability: one.covidProbability + (1 - one.covidProbability) / 2 } : one,
      );
      expect(seriesVerdict(raised, rule).probability).toBeGreaterThanOrEqual(
        seriesVerdict(series, rule).probability,
      );
    }
  });

  it('stays within its interval and between its strongest slices', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const series = randomSeries(seed);
      const { probability, low, high, evidence } = seriesVerdict(series, rule);
      expect(low).toBeLessThanOrEqual(probability);
      expect(high).toBeGreaterThanOrEqual(probability);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      const values = evidence.map((i) => series[i]?.covidProbability ?? -1);
      expect(evidence).toHaveLength(5);
      expect(probability).toBeLessThanOrEqual(Math.max(...values));
      expect(probability).toBeGreaterThanOrEqual(Math.min(...values) - 0.006);
    }
  });

  it('is not made by one false slice, nor averaged away by many clear ones', () => {
    const clear = new Array<number>(100).fill(0.05);
    expect(seriesVerdict(slices(...clear, 0.99), rule).probability).toBeLessThan(0.3);
    expect(seriesVerdict(slices(...clear, 0.95, 0.95, 0.95, 0.95, 0.95), rule).probability).toBeGreaterThan(
      0.9,
    );
  });

  it('leaves slices without lung aside, unless there is no other', () => {
    const outside = { covidProbability: 0.99, involvementPercent: null };
    const { evidence, probability } = seriesVerdict([outside, ...slices(0.1, 0.2)], rule);
    expect(evidence).toEqual([2, 1]);
    expect(probability).toBeLessThan(0.2);
    expect(seriesVerdict([outside], rule).evidence).toEqual([0]);
    expect(() => seriesVerdict([], rule)).toThrow(RangeError);
  });

  it('is contradicted by lungs that say otherwise', () => {
    expect(contradictsInvolvement(0.9, 0.2, rule)).toBe(true);
    expect(contradictsInvolvement(0.1, 30, rule)).toBe(true);
    expect(contradictsInvolvement(0.9, 30, rule)).toBe(false);
    expect(contradictsInvolvement(0.1, 0.2, rule)).toBe(false);
    expect(contradictsInvolvement(0.1, 5, rule)).toBe(false);
  });
});
