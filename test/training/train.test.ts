import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interpret } from '../../server/inference/interpret.js';
import { loadModel } from '../../server/inference/manifest.js';
import { loadTensorFlow } from '../../server/inference/tensorflow.js';
import { blocks } from '../../training/backbone.js';
import { createRandom } from '../../training/random.js';
import type { TrainOptions } from '../../training/options.js';
import { train } from '../../training/train.js';
import { generateData, temporaryFolder } from './generated.js';
import { writeStartWeights } from './start-weights.js';

function engineMissing(): boolean {
  try {
    loadTensorFlow();
    return false;
  } catch {
    console.warn('the TensorFlow engine is not installed (npm run setup:tensorflow): training is not tested');
    return true;
  }
}

const quiet = { line: () => undefined, stage: () => () => undefined };

describe.skipIf(engineMissing())('training, end to end on pictures of nobody', () => {
  let folder: string;
  let options: TrainOptions;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await generateData(join(folder, 'data'), 60);
    await writeStartWeights(join(folder, 'start'), blocks, createRandom(2));
    options = {
      data: join(folder, 'data'),
      weights: join(folder, 'start'),
      out: join(folder, 'model'),
      run: join(folder, 'run'),
      version: '0.0.1',
      epochs: 1,
      batchSize: 8,
      learningRate: 1e-3,
      variants: 2,
      frozenBlocks: 11,
      size: 64,
      cache: join(folder, 'cache'),
      mixup: 0.2,
      holdOut: [],
      seed: 4,
      orderSeed: null,
      limit: null,
      resume: false,
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('leaves a model that the server can load, and goes on where it stopped', async () => {
    await train(options, quiet);
    const model = await loadModel(options.out);
    expect(model.heads.severity, 'graded films lead to a severity head').not.toBeNull();
    expect(model.manifest.lungs?.template).toHaveLength(24 * 24);
    const channels = model.manifest.labels.length + 2;
    const output = {
      logitsMap: new Float32Array(4 * channels),
      mapHeight: 2,
      mapWidth: 2,
      features: Float32Array.from(model.heads.mean),
    };
    const judged = interpret(output, model, {
      modality: 'DX',
      viewPosition: 'PA',
      bodyPartExamined: 'CHEST',
    });
    expect(judged.findings.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);

    const lines: string[] = [];
    await train({ ...options, epochs: 2, resume: true }, { ...quiet, line: (text) => lines.push(text) });
    expect(lines.join('\n')).toContain('resumed after epoch 1');
    const log = (await readFile(join(options.run, 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual([1, 2]);
    const again: string[] = [];
    await train({ ...options, epochs: 2, resume: true }, { ...quiet, line: (text) => again.push(text) });
    expect(again.join('\n')).toContain('all 2 epochs are done');
    expect((await readdir(options.run)).filter((name) => name.endsWith('.ckpt'))).toHaveLength(2);
  }, 240_000);

  it('refuses a folder without data', async () => {
    await expect(train({ ...options, data: join(folder, 'none') }, quiet)).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
