import { readFileSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, type Evaluation } from '../../training/evaluate.js';
import { compare } from '../../training/evaluation/compare.js';
import { ageBand, readFilms } from '../../training/evaluation/films.js';
import { centreMask, lungMask, shareInside, without } from '../../training/evaluation/lungs.js';
import { readPredictions, type StoredPrediction } from '../../training/evaluation/predictions.js';
import { probe } from '../../training/evaluation/shortcuts.js';
import { createRandom } from '../../training/random.js';
import { writeTinyModel } from '../support/tiny-model.js';
import { drawChest, generateData, temporaryFolder } from './generated.js';

const quiet = { line: () => undefined, stage: () => () => undefined };
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const labels = ['COVID', 'NORMAL', 'PNEUMONIA'];

describe('an evaluation, end to end on pictures of nobody with random weights', () => {
  let folder: string;
  let result: Evaluation;
  const at = (name: string) => join(folder, 'report', name);
  const options = () => ({
    data: join(folder, 'data'),
    model: join(folder, 'model'),
    engine: 'wasm' as const,
    write: true,
    resamples: 50,
  });

  beforeAll(async () => {
    folder = await temporaryFolder();
    await generateData(join(folder, 'data'), 80);
    await writeTinyModel(join(folder, 'model'));
    const epochs = [1, 2, 2].map((epoch, i) =>
      JSON.stringify({ epoch, trainLoss: 1 / (i + 1), foldLoss: 0.9, foldAccuracy: 0.5, seconds: 1 }),
    );
    await writeFile(join(folder, 'log.jsonl'), `${epochs.join('\n')}\n`);
    result = await evaluate(
      { ...options(), out: join(folder, 'report'), run: folder, thumbnails: true },
      quiet,
    );
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('counts every held-out frontal film once, however often the manifest names it', async () => {
    const films = (await readFilms(join(folder, 'data'))).filter(
      ({ split, view }) => split === 'val' && view !== 'L',
    );
    expect(result.heldOut.films).toBe(films.length);
    expect(result.confusion.flat().reduce((a, b) => a + b, 0)).toBe(films.length);
    const manifest = join(folder, 'data/manifest.csv');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text + text.split('\n').slice(1).join('\n'));
    expect((await readFilms(join(folder, 'data'))).filter(({ split }) => split === 'val')).toHaveLength(
      films.length +
        (await readFilms(join(folder, 'data'))).filter((f) => f.split === 'val' && f.view === 'L').length,
    );
    await writeFile(manifest, text);
  });

  it('measures chance for random weights, and gives every figure an interval', () => {
    const covid = result.ranking.find(({ label, against }) => label === 'COVID' && against === 'all others');
    expect(covid?.areaUnderRoc?.low).toBeLessThanOrEqual(covid?.areaUnderRoc?.value ?? 0);
    expect(covid?.roc[0]).toMatchObject({ falsePositiveRate: 0, truePositiveRate: 0 });
    expect(covid?.roc.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
    expect(result.goodFilmsRefused.count).toBe(0);
    expect(Object.keys(result.unsuitableRefused)).toContain('rotated');
    expect(result.shortcuts.views.map(({ name }) => name)).toEqual(['lungs removed', 'borders alone']);
    expect(result.leaks.sharedPatients).toEqual([]);
    expect(result.training.map(({ epoch, trainLoss }) => [epoch, trainLoss])).toEqual([
      [1, 1],
      [2, 1 / 3],
    ]);
    expect(result.cost).toMatchObject({ engine: 'wasm' });
  });

  it('writes what it found: JSON, page, card and the judgement of each film', async () => {
    const stored = JSON.parse(await readFile(at('report.json'), 'utf8')) as Evaluation;
    expect(stored.accuracy.count).toBe(result.accuracy.count);
    const predictions = await readPredictions(at('predictions.csv'), labels);
    expect(predictions).toHaveLength(result.heldOut.films);
    const right = predictions.filter(({ truth, predicted }) => truth === predicted).length;
    expect(right).toBe(result.accuracy.count);
    expect(await readFile(at('MODEL_CARD.md'), 'utf8')).toContain(
      `${result.accuracy.count} of ${result.accuracy.of}`,
    );
    expect(await readdir(join(folder, 'model'))).not.toContain('report.html');
  });

  it('shows pictures only where it is told to, and never beside a model', async () => {
    expect(await readFile(at('report.html'), 'utf8')).toContain('src="data:image/jpeg;base64,');
    await expect(evaluate({ ...options(), thumbnails: true }, quiet)).rejects.toMatchObject({
      code: 'USAGE',
    });
    await evaluate({ ...options(), out: join(folder, 'plain') }, quiet);
    expect(await readFile(join(folder, 'plain/report.html'), 'utf8')).not.toContain('data:image');
  }, 120_000);

  it('makes a page that a strict policy lets through and axe finds nothing on', async () => {
    const text = await readFile(at('report.html'), 'utf8');
    expect(text).not.toMatch(/<script|\sstyle=|\son\w+=|https?:\/\/(?!www\.w3\.org)/);
    const browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: ['--no-sandbox'],
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const refused: string[] = [];
      page.on('console', (message) => refused.push(message.text()));
      await page.goto(`file://${at('report.html')}`);
      expect(refused).toEqual([]);
      // The style sheet passed its own policy: without it the notice has no border.
      const border = await page.locator('.notice').evaluate((node) => getComputedStyle(node).borderLeftWidth);
      expect(border).toBe('4px');
      expect(await page.locator('figure svg').count()).toBeGreaterThan(8);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { axe: engine } = window as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await engine.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
      });
      expect(violations).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 60_000);

  it('refuses data without held-out films', async () => {
    const empty = join(folder, 'empty');
    await generateData(empty, 3);
    await expect(evaluate({ ...options(), data: empty }, quiet)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('what the shortcut section stands on', () => {
  const picture = drawChest(1, 3);

  it('removes the lungs, which are dark in these pictures', () => {
    const dark = ({ pixels }: typeof picture) => pixels.filter((value) => value < 100).length;
    expect(dark(without(picture, lungMask(picture, 1.15)))).toBeLessThan(dark(picture) * 0.05);
  });

  it('leaves the borders as they are, and only them', () => {
    const { pixels } = without(picture, centreMask(picture));
    expect(pixels[0]).toBe(picture.pixels[0]);
    const middle = (picture.height / 2) * picture.width;
    const row = pixels.slice(middle + picture.width * 0.2, middle + picture.width * 0.8);
    expect(new Set(row).size).toBe(1);
  });

  it('gives an even heatmap the share of the area, and a heatmap of the lungs nearly all', () => {
    const mask = lungMask(picture);
    const cells = 32;
    const even = { width: cells, height: cells, values: new Array<number>(cells * cells).fill(0.5) };
    const { share, area } = shareInside(even, mask);
    expect(share).toBeCloseTo(area, 10);
    const inside = mask.inside.reduce((a, b) => a + b, 0) / mask.inside.length;
    expect(area).toBeCloseTo(inside, 2);
    const values = even.values.map((_, i) => {
      const x = Math.floor((((i % cells) + 0.5) / cells) * mask.width);
      const y = Math.floor(((Math.floor(i / cells) + 0.5) / cells) * mask.height);
      return mask.inside[y * mask.width + x] ?? 0;
    });
    expect(shareInside({ ...even, values }, mask).share).toBeGreaterThan(0.85);
  });

  it('finds a source that is in the features, and none where there is none', () => {
    const random = createRandom(4);
    const sources = Array.from({ length: 120 }, (_, i) => (i % 3 === 0 ? 'a' : 'b'));
    const patients = sources.map((_, i) => `p${i >> 1}`);
    const noise = () => Float32Array.from({ length: 6 }, () => random.normal());
    const telling = sources.map((source) => {
      const row = noise();
      row[2] = source === 'a' ? 3 : -3;
      return row;
    });
    expect(probe('source', telling, sources, patients)?.balancedAccuracy).toBeGreaterThan(0.95);
    const silent = probe('source', sources.map(noise), sources, patients);
    expect(silent?.balancedAccuracy).toBeLessThan(0.65);
    expect(silent?.majority).toBeCloseTo(2 / 3);
    expect(probe('source', telling.slice(0, 12), sources.slice(0, 12), patients)).toBeNull();
  });

  it('puts ages into bands', () => {
    expect([null, 0, 19.5, 20, 79, 80, 103].map(ageBand)).toEqual([
      'unknown',
      '0 to 19',
      '0 to 19',
      '20 to 39',
      '60 to 79',
      '80 and over',
      '80 and over',
    ]);
  });
});

describe('the comparison of two models', () => {
  const film = (i: number, right: boolean): StoredPrediction => {
    const truth = labels[i % 3] ?? '';
    const predicted = right ? truth : (labels[(i + 1) % 3] ?? '');
    return {
      image: `${i}.jpg`,
      patientId: `p${i >> 1}`,
      source: 'made',
      truth,
      predicted,
      probabilities: labels.map((label) => (label === predicted ? 0.8 : 0.1)),
      abstainCode: null,
      severity: null,
      severityTruth: null,
    };
  };
  const better = Array.from({ length: 200 }, (_, i) => film(i, i % 10 !== 0));
  const worse = Array.from({ length: 200 }, (_, i) => film(i, i % 5 !== 0));

  it('finds the difference on the same films, sure of it though the two overlap', () => {
    const { films, figures } = compare(worse, better, labels);
    expect(films).toBe(200);
    const accuracy = figures.find(({ name }) => name === 'accuracy');
    expect(accuracy).toMatchObject({ first: 0.8, second: 0.9 });
    expect(accuracy?.difference.value).toBeCloseTo(0.1);
    expect(accuracy?.difference.low).toBeGreaterThan(0.03);
    expect(figures.map(({ name }) => name)).not.toContain('severity, mean absolute error');
  });

  it('is certain that a model does not differ from itself', () => {
    for (const { difference } of compare(better, better, labels, 100).figures)
      expect(difference).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('refuses other films and other labels', () => {
    const others = better.map((one) => ({ ...one, image: `other ${one.image}` }));
    expect(() => compare(better, others, labels)).toThrow('different films');
    const relabelled = better.map((one) => ({ ...one, truth: 'NORMAL' }));
    expect(() => compare(better, relabelled, labels)).toThrow('another label');
    expect(compare(better, better.slice(50), labels, 10).unpaired).toBe(50);
  });
});
