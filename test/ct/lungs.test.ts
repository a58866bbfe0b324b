// Real: generator, segmentation, measurement. The seeds here are not those the method was built on.
import { describe, expect, it } from 'vitest';
import { fitnessOf, measureInvolvement, segmentLungs, severityOfInvolvement } from '../../server/ct/index.js';
import type { CtDisease } from '../../demo/ct/disease.js';
import { dice, known } from './phantoms.js';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const limit = 180_000;

describe('lungs of generated volumes', () => {
  it(
    'are found in healthy chests, right and left apart',
    () => {
      for (const seed of ['test 1', 'test 2', 'test 3']) {
        const { volume, lungs } = known({ seed, disease: { kind: 'CLEAR' } });
        const found = segmentLungs(volume);
        expect(dice(found.sides, lungs), seed).toBeGreaterThan(0.97);
        expect(dice(found.sides, lungs, 1), `${seed} right`).toBeGreaterThan(0.97);
        expect(dice(found.sides, lungs, 2), `${seed} left`).toBeGreaterThan(0.97);
        const { involvement } = measureInvolvement(volume, found);
        expect(involvement.percent, seed).toBeLessThan(3);
        expect(severityOfInvolvement(involvement)?.level ?? 1).toBe(1);
        expect(fitnessOf(volume, found).refusal).toBeNull();
      }
    },
    limit,
  );

  it(
    'are closed in where consolidations hide their edges',
    () => {
      const heavy: CtDisease[] = [
        { kind: 'POSTERIOR', extent: 0.33, solid: 0.85 },
        { kind: 'PERIPHERAL', extent: 0.5, solid: 0.55 },
        { kind: 'HILAR', extent: 0.25, solid: 0.9 },
      ];
      for (const disease of heavy) {
        const scores = ['test 4', 'test 5'].map((seed) => {
          const { volume, lungs } = known({ seed, disease });
          return dice(segmentLungs(volume).sides, lungs);
        });
        expect(mean(scores), disease.kind).toBeGreaterThanOrEqual(0.92);
      }
    },
    limit,
  );
});

describe('involvement of generated volumes', () => {
  it(
    'is measured within 3 points on average, and the levels follow',
    () => {
      const cases: { disease: CtDisease; level: number }[] = [
        { disease: { kind: 'PERIPHERAL', extent: 0.04, solid: 0.1 }, level: 1 },
        { disease: { kind: 'PERIPHERAL', extent: 0.25, solid: 0.2 }, level: 2 },
        { disease: { kind: 'PERIPHERAL', extent: 0.45, solid: 0.3 }, level: 2 },
        { disease: { kind: 'PERIPHERAL', extent: 0.75, solid: 0.25 }, level: 3 },
        { disease: { kind: 'POSTERIOR', extent: 0.2, solid: 0.3 }, level: 2 },
        { disease: { kind: 'HILAR', extent: 0.12, solid: 0.4 }, level: 2 },
      ];
      const errors = cases.map(({ disease, level }, i) => {
        const { volume, percent } = known({ seed: `test involvement ${i}`, disease });
        const { involvement } = measureInvolvement(volume, segmentLungs(volume));
        const severity = severityOfInvolvement(involvement);
        expect(severity?.level, JSON.stringify(disease)).toBe(level);
        return Math.abs(involvement.percent - percent);
      });
      expect(mean(errors)).toBeLessThanOrEqual(3);
    },
    limit,
  );
});
