import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { trainCommand } from '../../cli/train.js';
import { readProtocol, readSquare, rotate, stratifiedSplit } from '../../training/article/data.js';
import { buildArticleNetwork } from '../../training/article/network.js';
import type { ArticleOptions } from '../../training/article/options.js';
import type { ArticleReport } from '../../training/article/report.js';
import { runArticle } from '../../training/article/run.js';
import { createRandom } from '../../training/random.js';
import { readWeightFile } from '../../training/weights/index.js';
import { engine } from './engine.js';
import { dataFolder, drawChest, temporaryFolder } from './generated.js';

const tf = engine();
const quiet = { line: () => undefined, stage: () => () => undefined };

/** Pictures of nobody with the columns that the protocol reads: `train` to train on, three for the end. */
async function generateProtocol(folder: string, train: number): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  const names = ['covid', 'normal', 'pneumonia_bacterial'];
  const rows = ['image,label,patient_id,source,split,seed_protocol', 'other.png,other,p999,made,val,'];
  for (let i = 0; i < train + 3; i++) {
    const { width, height, pixels } = drawChest(i % 3, i);
    await sharp(pixels, { raw: { width, height, channels: 1 } })
      .png()
      .toFile(join(folder, 'images', `${i}.png`));
    rows.push(`${i}.png,${names[i % 3] ?? ''},p${i},made,train,${i < train ? 'train' : 'test'}`);
  }
  await writeFile(join(folder, 'manifest.csv'), `${rows.join('\n')}\n`);
}

describe('the article’s data', () => {
  it('turns a square, its edge going on outside', () => {
    const square = Float32Array.from({ length: 25 }, (_, i) => i);
    expect(rotate(square, 5, 0)).toEqual(square);
    const quarter = rotate(square, 5, 90);
    const turned = Array.from({ length: 25 }, (_, i) => (4 - (i % 5)) * -5 + 20 + (4 - Math.floor(i / 5)));
    quarter.forEach((value, i) => expect(value).toBeCloseTo(turned[i] ?? NaN, 4));
    expect(rotate(new Float32Array(25).fill(7), 5, 13)).toEqual(new Float32Array(25).fill(7));
    // The corner comes from outside: the nearest pixel of the edge stands in.
    const edge = Float32Array.from({ length: 25 }, (_, i) => (i < 5 ? 1 : 0));
    expect(rotate(edge, 5, 15)[0]).toBeGreaterThan(0);
  });

  it('splits 60, 70 and 70 pictures into 160 and 40, a fifth of each label', () => {
    const pictures = [60, 70, 70].flatMap((count, label) =>
      Array.from({ length: count }, (_, i) => ({
        image: `${label}-${i}`,
        file: '',
        label,
        patientId: '',
        source: '',
      })),
    );
    const { train, validation } = stratifiedSplit(pictures, 0.2, createRandom(1));
    const count = (part: typeof pictures) =>
      [0, 1, 2].map((label) => part.filter((p) => p.label === label).length);
    expect([count(train), count(validation)]).toEqual([
      [48, 56, 56],
      [12, 14, 14],
    ]);
    expect(new Set([...train, ...validation])).toEqual(new Set(pictures));
    expect(stratifiedSplit(pictures, 0.2, createRandom(2)).validation).not.toEqual(validation);
  });

  it('says that a manifest has no such pictures', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'manifest.csv'), 'image,label,patient_id,source\na.png,covid,p1,made\n');
    await expect(readProtocol(folder)).rejects.toMatchObject({ code: 'USAGE' });
    await rm(folder, { recursive: true });
  });

  const real = dataFolder();
  it.skipIf(real === null)('finds the article’s 200 and 27 pictures, no patient in both', async () => {
    const { train, test } = await readProtocol(join(real ?? '', 'cxr'));
    const count = (part: typeof train) =>
      [0, 1, 2].map((label) => part.filter((p) => p.label === label).length);
    expect(count(train)).toEqual([60, 70, 70]);
    expect(count(test)).toEqual([9, 9, 9]);
    const known = new Set(train.map(({ patientId }) => patientId));
    expect(test.filter(({ patientId }) => known.has(patientId))).toEqual([]);
  });
});

describe.skipIf(tf === null)('the article’s experiment, on pictures of nobody', () => {
  let folder: string;
  let options: ArticleOptions;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await generateProtocol(join(folder, 'data'), 30);
    options = {
      data: join(folder, 'data'),
      run: join(folder, 'run'),
      backbone: 'mobilenet',
      weights: null,
      initialiseMissing: false,
      freezeBase: false,
      epochs: 2,
      batchSize: 8,
      learningRate: 1e-4,
      size: 128,
      alpha: 0.25,
      seed: 3,
      resume: false,
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('builds the head on the base: 4x4 pooling, 64, half dropped, three classes', () => {
    if (!tf) return;
    const network = buildArticleNetwork(tf, 'inceptionv3', {
      size: 256,
      alpha: 1,
      freezeBase: true,
      seed: 1,
    });
    expect(network.whole.layers.slice(-6).map((layer) => [layer.getClassName(), layer.outputShape])).toEqual([
      ['AveragePooling2D', [null, 1, 1, 2048]],
      ['Flatten', [null, 2048]],
      ['Dense', [null, 64]],
      ['Dropout', [null, 64]],
      ['Dense', [null, 3]],
      ['Activation', [null, 3]],
    ]);
    expect(network.whole.layers.at(-3)?.getConfig()).toMatchObject({ rate: 0.5 });
    expect(network.logits.trainableWeights).toHaveLength(4);
    network.whole.dispose();
    expect(() =>
      buildArticleNetwork(tf, 'mobilenet', { size: 96, alpha: 1, freezeBase: false, seed: 1 }),
    ).toThrow(/less than the 4x4/);
  }, 120_000);

  it('runs by the command, leaves every output, and goes on where it stopped as if unbroken', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const command = ['--protocol', 'article', '--backbone', 'mobilenet', '--alpha', '0.25', '--size', '128'];
    const settings = ['--epochs', '2', '--learning-rate', '1e-4', '--seed', '3', '--data', options.data];
    await trainCommand().parseAsync([...command, ...settings, '--run', options.run], { from: 'user' });
    expect(written.mock.calls.join('')).toMatch(/mobilenet: \d of 3 of the last pictures, COVID \d of 1/);
    written.mockRestore();
    const read = async (run: string) =>
      JSON.parse(await readFile(join(run, 'report.json'), 'utf8')) as ArticleReport;
    const report = await read(options.run);
    expect(report.pictures).toEqual({ train: 24, validation: 6, test: 3 });
    expect(report.settings).toMatchObject({ batchSize: 8, learningRate: 1e-4, epochs: 2, alpha: 0.25 });
    expect(report.history.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(report.test.predictions.map(({ image, truth }) => [image, truth])).toEqual([
      ['30.png', 'COVID'],
      ['31.png', 'NORMAL'],
      ['32.png', 'PNEUMONIA'],
    ]);
    expect(report.test.confusion.flat().reduce((a, b) => a + b)).toBe(3);
    expect(report.test.classes).toHaveLength(3);
    const names = await readdir(options.run);
    expect(names.filter((name) => name.endsWith('.ckpt'))).toEqual(['epoch-002.ckpt']);
    for (const plot of ['curves.svg', 'confusion.svg']) {
      expect(await readFile(join(options.run, plot), 'utf8')).toContain('</svg>');
    }
    const page = await readFile(join(options.run, 'report.md'), 'utf8');
    expect(page).toContain('| 31.png | NORMAL |');
    if (tf) {
      const stored = await readWeightFile(tf, join(options.run, 'model'));
      expect(stored.layers.at(-1)?.name).toBe('dense_1');
    }

    const ended = new AbortController();
    const halfway = join(folder, 'halfway');
    const short = await runArticle(
      { ...options, run: halfway },
      { ...quiet, line: (text) => text.startsWith('epoch') && ended.abort() },
      ended.signal,
    );
    expect(short.epochsDone).toBe(1);
    expect(await readFile(join(halfway, 'report.md'), 'utf8')).toContain('Unfinished');
    expect(page).not.toContain('Unfinished');

    const run = join(folder, 'broken');
    const stop = new Error('power cut');
    let epochs = 0;
    const until = (text: string) => {
      if (text.startsWith('epoch') && ++epochs === 1) throw stop;
    };
    await expect(runArticle({ ...options, run }, { ...quiet, line: until })).rejects.toBe(stop);
    const lines: string[] = [];
    const resumed = await runArticle(
      { ...options, run, resume: true },
      { ...quiet, line: (text) => lines.push(text) },
    );
    expect(lines.join('\n')).toContain('resumed after epoch 1');
    expect(resumed.history).toHaveLength(2);
    resumed.test.predictions.forEach(({ probabilities }, i) => {
      for (const [label, value] of Object.entries(probabilities))
        expect(value).toBeCloseTo(report.test.predictions[i]?.probabilities[label] ?? NaN, 2);
    });
    expect(resumed.history[1]?.train.loss).toBeCloseTo(report.history[1]?.train.loss ?? NaN, 2);
    await expect(runArticle({ ...options, run, resume: true, seed: 4 }, quiet)).rejects.toThrow(
      /seed was 3, is 4/,
    );
  }, 240_000);

  it('trains the head alone on request: the base stays as it was', async () => {
    if (!tf) return;
    const run = join(folder, 'frozen');
    await runArticle({ ...options, run, epochs: 1, freezeBase: true }, quiet);
    const trained = await readWeightFile(tf, join(run, 'model'));
    const fresh = buildArticleNetwork(tf, 'mobilenet', options);
    for (const { name, weights } of trained.layers) {
      const [before] = fresh.whole.getLayer(name).getWeights();
      const values = Array.from(before?.dataSync() ?? []).slice(0, 100);
      const after = Array.from(weights[0]?.values ?? []).slice(0, 100);
      if (!name.startsWith('dense')) expect(after).toEqual(values);
    }
    const bias = trained.layers.find(({ name }) => name === 'dense_1')?.weights[1]?.values;
    expect(bias?.every((value) => value !== 0)).toBe(true);
    const statistics = trained.layers.find(({ name }) => name === 'conv1_bn')?.weights.at(-1);
    expect(new Set(statistics?.values)).toEqual(new Set([1]));
  }, 120_000);

  it('starts from weights that fit, and refuses what is no protocol', async () => {
    const weights = join(options.run, 'model');
    const lines: string[] = [];
    const run = join(folder, 'again');
    const report = await runArticle(
      { ...options, run, weights, epochs: 1 },
      { ...quiet, line: (text) => lines.push(text) },
    );
    expect(report.start).toBe('pretrained');
    expect(lines.join('\n')).not.toContain('initialised afresh');
    const odd = trainCommand().parseAsync(['--protocol', 'other', '--data', options.data], { from: 'user' });
    await expect(odd).rejects.toMatchObject({ code: 'USAGE' });
  }, 120_000);

  it('reads a picture as grey values from 0 to 1, stretched to a square', async () => {
    if (!tf) return;
    const square = await readSquare(tf, join(options.data, 'images/0.png'), 16);
    expect(square).toHaveLength(256);
    expect(Math.max(...square)).toBeLessThanOrEqual(1);
    expect(Math.max(...square)).toBeGreaterThan(0.5);
    await expect(readSquare(tf, join(options.data, 'manifest.csv'), 16)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
  });
});
