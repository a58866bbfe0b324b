import { describe, expect, it } from 'vitest';
import { createRandom, seedOf } from '../../demo/random.js';
import { handFilm } from '../../demo/hand.js';
import { lateralFilm } from '../../demo/lateral.js';
import { testPattern } from '../../demo/test-pattern.js';
import type { Disease } from '../../demo/thorax/opacities.js';
import { thoraxFilm } from '../../demo/thorax/thorax.js';

const size = 256;
const film = (person: string, seed: string, disease: Disease = { finding: 'NORMAL' }) =>
  thoraxFilm({ person, seed, disease, view: 'PA', size });
const covid = (grade: 1 | 2 | 3, extent: number): Disease => ({ finding: 'COVID', grade, extent });

/** Mean grey of a rectangle given in parts of the picture. */
function mean(pixels: Uint16Array, x0: number, y0: number, x1: number, y1: number): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(y0 * size); y < y1 * size; y++) {
    for (let x = Math.floor(x0 * size); x < x1 * size; x++) {
      sum += pixels[y * size + x] ?? 0;
      count++;
    }
  }
  return sum / count;
}

describe('generated chest films', () => {
  it('are the same to the bit for the same person and seed, and differ by either', async () => {
    const first = await film('a', '1');
    expect((await film('a', '1')).pixels).toEqual(first.pixels);
    expect((await film('a', '2')).pixels).not.toEqual(first.pixels);
    expect((await film('b', '1')).pixels).not.toEqual(first.pixels);
  });

  it('use twelve bits and most of their range', async () => {
    const { pixels } = await film('a', '1');
    const used = new Set(pixels);
    expect(Math.max(...used)).toBeLessThanOrEqual(4095);
    expect(used.size).toBeGreaterThan(800);
  });

  it('show dark lungs beside a bright mediastinum and belly', async () => {
    const { pixels } = await film('a', '1');
    const lung = mean(pixels, 0.25, 0.35, 0.35, 0.5);
    expect(mean(pixels, 0.46, 0.45, 0.54, 0.6)).toBeGreaterThan(1.5 * lung);
    expect(mean(pixels, 0.25, 0.88, 0.4, 0.98)).toBeGreaterThan(1.5 * lung);
  });

  it('know a truth that rises with the grade', async () => {
    for (const person of ['a', 'b', 'c']) {
      const truths = [];
      for (const disease of [{ finding: 'NORMAL' } as const, covid(1, 0.16), covid(2, 0.45), covid(3, 0.8)]) {
        truths.push((await film(person, '1', disease)).truth);
      }
      const extents = truths.map(({ extent }) => extent);
      const scores = truths.map(({ zones }) => zones.reduce((sum, zone) => sum + zone, 0));
      expect(extents).toEqual([...extents].sort((x, y) => x - y));
      expect(scores).toEqual([...scores].sort((x, y) => x - y));
      expect(extents[0]).toBe(0);
      expect(scores[3]).toBeGreaterThan((scores[1] ?? 0) + 4);
      expect(truths.map(({ grade }) => grade)).toEqual([null, 1, 2, 3]);
    }
  });

  it('put a lobar pneumonia into one lung only', async () => {
    const { truth } = await film('a', '1', { finding: 'PNEUMONIA', side: -1, extent: 0.2 });
    expect(truth.zones.slice(3)).toEqual([0, 0, 0]);
    expect(truth.zones[2]).toBeGreaterThanOrEqual(2);
  });
});

describe('pictures that are no frontal chest', () => {
  it('are generated to the bit, too', async () => {
    expect((await handFilm('x', 128)).pixels).toEqual((await handFilm('x', 128)).pixels);
    expect((await lateralFilm('x', 128)).pixels).toEqual((await lateralFilm('x', 128)).pixels);
    expect(testPattern(64).pixels).toHaveLength(64 * 64);
  });
});

describe('the random source', () => {
  it('has unit variance in both of its normal numbers', () => {
    const random = createRandom(seedOf('variance'));
    for (const draw of [random.normal, random.rough]) {
      const values = Array.from({ length: 20_000 }, draw);
      const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
      expect(Math.abs(centre)).toBeLessThan(0.03);
      expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    }
  });
});
