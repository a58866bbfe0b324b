import { describe, expect, it } from 'vitest';
import { isAdult, pneumoniaKindOf } from '../../server/inference/pneumonia-kind.js';
import { filmsOfKnownKind, fitPneumoniaKind } from '../../training/pneumonia-kind.js';
import type { Example } from '../../training/dataset.js';
import { createRandom } from '../../training/random.js';
import { engine } from './engine.js';

const tf = engine();

const film = (index: number, kind: Example['kind'], source = 'kermany'): Example => ({
  file: `${index}.png`,
  label: 'PNEUMONIA',
  kind,
  patientId: `p${Math.floor(index / 2)}`,
  source,
  view: 'AP',
  split: 'train',
  zones: null,
  secondZones: null,
});

describe('films of a known kind', () => {
  it('are those of the source that states it, each once', () => {
    const stated = film(0, 'VIRAL');
    expect(filmsOfKnownKind([stated, stated, film(1, null), film(2, 'BACTERIAL', 'cohen')])).toEqual([
      stated,
    ]);
  });
});

describe.skipIf(tf === null)('bacterial against viral', () => {
  const fitted = (list: Example[], features: number[][]) =>
    tf && fitPneumoniaKind(tf, list, features, createRandom(1));
  const random = createRandom(7);
  const films = Array.from({ length: 240 }, (_, i) => film(i, i % 3 === 0 ? 'BACTERIAL' : 'VIRAL'));
  const shift = (one: Example) => (one.kind === 'BACTERIAL' ? 1.5 : -1.5);

  it('is learned where the features tell, and says how well by patients that were not seen', () => {
    const features = films.map((one) => [shift(one) + random.normal(), random.normal(), random.normal()]);
    const fit = fitted(films, features);
    expect(fit).toMatchObject({ films: 240, bacterial: 80 });
    expect(fit?.areaUnderCurve).toBeGreaterThan(0.95);
    const bacterial = pneumoniaKindOf([2, 0, 0], fit?.head);
    expect(bacterial?.bacterialProbability).toBeGreaterThan(0.9);
    expect(pneumoniaKindOf([-2, 0, 0], fit?.head)?.bacterialProbability).toBeLessThan(0.1);
    expect(bacterial?.low).toBeLessThanOrEqual(bacterial?.bacterialProbability ?? 0);
    expect(bacterial?.note).toContain('children');
  });

  it('promises nothing where the features tell nothing', () => {
    const features = films.map(() => [random.normal(), random.normal(), random.normal()]);
    const fit = fitted(films, features);
    expect(fit?.areaUnderCurve).toBeLessThan(0.65);
    const found = pneumoniaKindOf([2, 0, 0], fit?.head);
    expect(found?.low).toBeLessThan(0.4);
  });

  it('is left out with too few films of a kind', () => {
    const few = films.slice(0, 60);
    const features = few.map(() => [0, 0, 0]);
    expect(fitted(few, features)).toBeNull();
    expect(pneumoniaKindOf([1, 2, 3], undefined)).toBeNull();
  });
});

describe('whoever is known to be an adult', () => {
  it.each([
    ['2008-01-05', '2026-01-04T12:00:00Z', false],
    ['2008-01-05', '2026-01-05T12:00:00Z', true],
    ['1950-12-31', '2026-01-05T12:00:00Z', true],
    ['2024-02-29', '2026-01-05T12:00:00Z', false],
    [null, '2026-01-05T12:00:00Z', false],
  ])('born %s, on %s: %s', (birthDate, on, expected) => {
    expect(isAdult(birthDate, new Date(on))).toBe(expected);
  });
});
