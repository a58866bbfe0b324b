import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCtModel } from '../../server/inference/slices/manifest.js';
import { loadTensorFlow } from '../../server/inference/tensorflow.js';
import { blocks } from '../../training/backbone.js';
import { borderProbe, onlyBorder, withoutBorder } from '../../training/ct/borders.js';
import { drawByGroup, foldsOf, readFigures, type Figure } from '../../training/ct/data.js';
import { evaluateCt } from '../../training/ct/evaluate.js';
import { ctFigures } from '../../training/ct/figures.js';
import { foldCount, type CtTrainOptions } from '../../training/ct/options.js';
import { variedFigure, sliceInputOf } from '../../training/ct/prepare.js';
import { trainCt } from '../../training/ct/train.js';
import { createRandom } from '../../training/random.js';
import { temporaryFolder } from './generated.js';
import { writeStartWeights } from './start-weights.js';

const quiet = { line: () => undefined, stage: () => () => undefined };

function engineMissing(): boolean {
  try {
    loadTensorFlow();
    return false;
  } catch {
    console.warn('the TensorFlow engine is not installed (npm run setup:tensorflow): training is not tested');
    return true;
  }
}

/** Two lungs with patches, and whatever frame the seed wants. */
function figure(seed: number, ill: boolean): Buffer {
  const random = createRandom(seed);
  const [width, height] = [120, 84];
  const pixels = Buffer.alloc(width * height, 230);
  const patch = random.between(-8, 8);
  for (let at = 0; at < pixels.length; at++) {
    const x = (at % width) - width / 2;
    const y = Math.floor(at / width) - height / 2;
    const lung = [-1, 1].some((side) => Math.hypot((x - side * 30) / 24, y / 36) < 1);
    const sick = ill && Math.hypot(Math.abs(x) - 32 - patch / 2, y - 14 - patch) < 12;
    if (lung) pixels[at] = (sick ? 170 : 60) + random.below(20);
  }
  return pixels;
}

async function writeData(folder: string, groups: number): Promise<void> {
  await mkdir(join(folder, 'images'), { recursive: true });
  const rows = ['image,label,group_id,split,original_filename,width,height'];
  for (let group = 0; group < groups; group++) {
    const ill = group % 2 === 0;
    const split = group >= groups - 4 ? 'val' : 'train';
    for (let slice = 0; slice <= group % 3; slice++) {
      const name = `f${group}-${slice}.jpg`;
      await sharp(figure(group * 10 + slice, ill), { raw: { width: 120, height: 84, channels: 1 } })
        .jpeg()
        .toFile(join(folder, 'images', name));
      rows.push(`${name},${ill ? 'covid' : 'noncovid'},g${group},${split},x.png,120,84`);
    }
  }
  await writeFile(join(folder, 'manifest.csv'), `${rows.join('\n')}\n`);
}

describe('figures of CT slices', () => {
  let folder = '';
  let figures: Figure[] = [];
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeData(folder, 24);
    figures = await readFigures(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('never part a document between folds, and have both classes in each', () => {
    const folds = foldsOf(figures, createRandom(3));
    const seen = new Map<string, number>();
    figures.forEach(({ groupId }, i) => {
      expect(seen.get(groupId) ?? folds[i]).toBe(folds[i]);
      seen.set(groupId, folds[i] ?? -1);
    });
    for (let fold = 0; fold < foldCount; fold++) {
      const labels = figures.filter((_, i) => folds[i] === fold).map(({ label }) => label);
      expect(new Set(labels).size).toBe(2);
    }
  });

  it('are drawn one class as often as the other, from the members alone', () => {
    const members = [...figures.keys()].filter((i) => i % 4 !== 0);
    const drawn = drawByGroup(figures, members, 3, createRandom(1))(3000);
    expect(drawn.every((i) => members.includes(i % figures.length) && i < 3 * figures.length)).toBe(true);
    const covid = drawn.filter((i) => figures[i % figures.length]?.label === 0).length;
    expect(covid / drawn.length).toBeCloseTo(0.5, 1);
  });

  it('are varied by the seed alone, within the range of the input', async () => {
    const picture = { width: 120, height: 84, pixels: new Uint8Array(figure(5, true)) };
    const vary = (seed: number) => variedFigure(picture, sliceInputOf(64), createRandom(seed));
    expect(await vary(1)).toEqual(await vary(1));
    expect(await vary(1)).not.toEqual(await vary(2));
    expect((await vary(3)).every((value) => value >= -1 && value <= 1)).toBe(true);
  });

  it('tell nothing by borders that are alike, and all by borders that differ', async () => {
    const alike = await borderProbe(figures, { resamples: 20 });
    expect(alike.areaUnderRoc?.value).toBeLessThan(0.75);
    const told = figures.map((one) => ({ ...one, width: one.label === 0 ? 700 : 300 }));
    expect((await borderProbe(told, { resamples: 20 })).areaUnderRoc?.value).toBeGreaterThan(0.95);
  });

  it('have a border that can be hidden, or be all that is left', () => {
    const picture = { width: 120, height: 84, pixels: new Uint8Array(figure(5, true)) };
    const inner = withoutBorder(picture);
    expect([inner.width, inner.height]).toEqual([96, 68]);
    expect(inner.pixels[0]).toBe(picture.pixels[8 * 120 + 12]);
    const outer = onlyBorder(picture);
    expect(outer.pixels[0]).toBe(picture.pixels[0]);
    expect(new Set(outer.pixels.filter((_, i) => i % 120 === 60 && i > 120 * 20 && i < 120 * 60)).size).toBe(
      1,
    );
  });

  it('give figures of merit by document', () => {
    const judged = [0.9, 0.8, 0.7, 0.2, 0.4, 0.1].map((covidProbability, i) => ({
      ...{ name: `${i}`, groupId: i < 3 ? 'a' : `b${i}`, covidProbability },
      label: (i < 3 || i === 4 ? 0 : 1) as 0 | 1,
    }));
    const found = ctFigures(judged, 0.5, { resamples: 50 });
    expect(found.confusion).toEqual([
      [3, 1],
      [0, 2],
    ]);
    expect(found.accuracy?.value).toBeCloseTo(5 / 6);
    expect(found.accuracyByGroup?.value).toBeCloseTo(3 / 4);
    expect(found.areaUnderRoc?.value).toBe(1);
  });
});

describe.skipIf(engineMissing())('training on CT slices, end to end on generated figures', () => {
  let folder = '';
  let options: CtTrainOptions;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeData(join(folder, 'data'), 18);
    await writeStartWeights(join(folder, 'start'), blocks, createRandom(2));
    options = {
      ...{ data: join(folder, 'data'), weights: join(folder, 'start'), out: join(folder, 'model') },
      ...{ run: join(folder, 'run'), cache: join(folder, 'cache'), version: '0.0.1' },
      ...{ epochs: 1, batchSize: 8, learningRate: 1e-3, variants: 2, frozenBlocks: 11, size: 64 },
      ...{ mixup: 0.2, seed: 4, networks: 2, resume: false, foldsOnly: false },
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('leaves a model that can be loaded and evaluated, and goes on where it stopped', async () => {
    const { folds } = await trainCt(options, quiet);
    expect(folds.judged.length).toBeGreaterThan(8);
    const { manifest } = await loadCtModel(options.out);
    expect(manifest.temperature).toBe(folds.temperature);
    const lines: string[] = [];
    await trainCt(
      { ...options, epochs: 2, resume: true, foldsOnly: true },
      { ...quiet, line: (l) => lines.push(l) },
    );
    expect(lines.join('\n')).toContain('fold-1: resumed after epoch 1');
    const settings = { data: options.data, model: options.out, engine: 'tensorflow' as const, write: true };
    const report = await evaluateCt({ ...settings, resamples: 20 }, quiet);
    expect(report.heldOut.slices).toBe(9);
    expect(report.gap?.generated.length).toBeGreaterThan(3);
    expect((await readdir(options.out)).sort()).toEqual(
      [
        'MODEL_CARD.md',
        'gap.json',
        'manifest.json',
        'model.json',
        'predictions.csv',
        'report.html',
        'report.json',
      ]
        .concat('training.json', 'weights.bin')
        .sort(),
    );
  }, 240_000);

  it('refuses a folder without data', async () => {
    await expect(trainCt({ ...options, data: join(folder, 'none') }, quiet)).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
