// Real: generator, segmentation, measurement. The seeds here are not those the method was built on.
import { describe, expect, it } from 'vitest';
import { fitnessOf, measureInvolvement, segmentLungs, severityOfInvolvement } from '../../server/ct/index.js';
import type { CtDisease } from '../../demo/ct/disease.js';
import { lobePoints } from '../../server/ct/involvement.js';
import { dice, known } from './phantoms.js';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const limit = 180_000;

describe('lungs of generated volumes', () => {
  it(
    'are found in healthy chests, right and left apart',
    async () => {
      for (const seed of ['test 1']) {
        const { volume, lungs } = await known({ seed, disease: { kind: 'CLEAR' }, spacing: 4 });
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
    async () => {
      const heavy: CtDisease[] = [
        { kind: 'POSTERIOR', extent: 0.33, solid: 0.85 },
        { kind: 'PERIPHERAL', extent: 0.5, solid: 0.55 },
      ];
      const scores: number[] = [];
      for (const [i, disease] of heavy.entries()) {
        const { volume, lungs } = await known({ seed: `test heavy ${i}`, disease, spacing: 4 });
        const score = dice(segmentLungs(volume).sides, lungs);
        expect(score, disease.kind).toBeGreaterThan(0.88);
        scores.push(score);
      }
      expect(mean(scores)).toBeGreaterThanOrEqual(0.92);
    },
    limit,
  );
});

describe('involvement of generated volumes', () => {
  it(
    'is measured within 3 points on average',
    async () => {
      const diseases: CtDisease[] = [
        { kind: 'PERIPHERAL', extent: 0.04, solid: 0.1 },
        { kind: 'PERIPHERAL', extent: 0.4, solid: 0.2 },
        { kind: 'POSTERIOR', extent: 0.2, solid: 0.4 },
        { kind: 'HILAR', extent: 0.12, solid: 0.4 },
      ];
      const errors: number[] = [];
      for (const [i, disease] of diseases.entries()) {
        const { volume, percent } = await known({ seed: `test involvement ${i}`, disease, spacing: 4 });
        const { involvement } = measureInvolvement(volume, segmentLungs(volume));
        errors.push(Math.abs(involvement.percent - percent));
      }
      expect(mean(errors)).toBeLessThanOrEqual(3);
    },
    limit,
  );
});

describe('severity of an involvement', () => {
  it('cuts the CT severity score at 7 and 17 and is null where nothing is involved', () => {
    expect(severityOfInvolvement({ score: 0 })).toBeNull();
    expect([1, 7, 8, 17, 18, 25].map((score) => severityOfInvolvement({ score })?.level)).toEqual([
      1, 1, 2, 2, 3, 3,
    ]);
    expect(severityOfInvolvement({ score: 3 })).toEqual({ level: 1, score: 3 });
  });

  it('counts a lobe by the published steps', () => {
    expect([0, 1.9, 2, 4.9, 5, 25, 26, 49, 50, 75, 76, 100].map(lobePoints)).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
    ]);
  });
});
