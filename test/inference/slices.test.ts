import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createInferenceService, type InferenceService } from '../../server/inference/service.js';
import { pickEngine } from '../../server/inference/engines/pick-engine.js';
import { judgeSlice } from '../../server/inference/slices/judge-slice.js';
import { loadCtModel } from '../../server/inference/slices/manifest.js';
import { displayed, figureInput, toSliceInput } from '../../server/inference/slices/slice-input.js';
import type { SlicePicture } from '../../server/inference/slices/types.js';
import { loadTensorFlow } from '../../server/inference/tensorflow.js';
import { createRandom } from '../../training/random.js';
import { writeTinyCtModel, writeTinyModel } from '../support/tiny-model.js';

let root = '';
let modelDir = '';
let ctModelDir = '';
let service: InferenceService | null = null;
let tensorFlowMissing: string | null = null;
try {
  loadTensorFlow();
} catch (error) {
  tensorFlowMissing = String(error);
  console.warn(`SKIPPED, the TensorFlow engine is not tested: ${tensorFlowMissing}`);
}

/** Two dark lungs of the given density in a body on a table; the seed moves and textures them. */
function slice(seed: number, lung = -850): SlicePicture {
  const size = 256;
  const random = createRandom(seed);
  const shift = random.between(-8, 8);
  const hounsfield = new Int16Array(size * size);
  for (let at = 0; at < hounsfield.length; at++) {
    const x = (at % size) - size / 2 - shift;
    const y = Math.floor(at / size) - size / 2;
    let value = -1000;
    if (y > 78 && y < 96 && Math.abs(x) < 100) value = y < 81 || y > 93 ? -150 : -930;
    if (Math.hypot(x / 110, y / 76) < 1) value = 40;
    for (const side of [-1, 1])
      if (Math.hypot((x - side * 50) / 36, y / 52) < 1) value = lung + 80 * Math.sin((x * y) / (90 + seed));
    hounsfield[at] = Math.round(value + random.between(-20, 20));
  }
  return { width: size, height: size, hounsfield };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slices-'));
  modelDir = await writeTinyModel(join(root, 'tiny', '0.0.1'));
  ctModelDir = await writeTinyCtModel(join(root, 'tiny-ct', '0.0.1'));
});
afterEach(async () => {
  await service?.close();
  service = null;
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function start(options: Partial<Parameters<typeof createInferenceService>[0]> = {}) {
  service = await createInferenceService({
    ...{ engine: 'wasm', modelDir, ctModelDir, batchSize: 4, batchWaitMs: 20 },
    ...options,
  });
  return service;
}

it('judges slices in their order, as the same preparation and network outside of the service do', async () => {
  const { predictSlices, hasTask } = await start();
  expect(hasTask('ct-triage')).toBe(true);
  const slices = Array.from({ length: 10 }, (_, i) => slice(i, -900 + 60 * i));
  const outcomes = await predictSlices(slices);
  expect(outcomes).toHaveLength(10);
  const { manifest } = await loadCtModel(ctModelDir);
  const engine = await pickEngine('wasm');
  await engine.load(ctModelDir);
  for (const [i, one] of slices.entries()) {
    const { values, box } = toSliceInput(one, manifest.input);
    const [output] = await engine.infer([values]);
    if (!output) throw new Error('no output');
    const alone = judgeSlice(output, manifest, one, box);
    expect(outcomes[i]?.covidProbability).toBeCloseTo(alone.covidProbability, 4);
  }
  engine.dispose();
  expect(new Set(outcomes.map(({ covidProbability }) => covidProbability.toFixed(4))).size).toBeGreaterThan(
    3,
  );
});

it('serves X-rays and slices side by side without leaking', async () => {
  const { predict, predictSlices, tensorCount } = await start();
  const before = await tensorCount();
  const pixels = Uint8Array.from({ length: 96 * 96 }, (_, i) => (i * 37) % 256);
  const context = { modality: 'DX', viewPosition: 'PA', bodyPartExamined: 'CHEST' };
  const [film, slices] = await Promise.all([
    predict({ width: 96, height: 96, pixels }, context),
    predictSlices([slice(1), slice(2), slice(3), slice(4), slice(5)]),
  ]);
  expect(film.prediction.findings).toHaveLength(3);
  expect(slices).toHaveLength(5);
  expect(await tensorCount()).toBe(before);
});

it('takes more slices than its queue holds, a batch at a time', async () => {
  const { predictSlices } = await start({ maxQueue: 4 });
  expect(await predictSlices(Array.from({ length: 13 }, (_, i) => slice(i)))).toHaveLength(13);
});

it('refuses, retryable, a second series when the queue is full, and what waits when it is closed', async () => {
  const { predictSlices, queued } = await start({ batchSize: 8, maxQueue: 3, batchWaitMs: 5000 });
  const waiting = predictSlices([slice(1), slice(2), slice(3)]);
  expect(queued()).toBe(3);
  await expect(predictSlices([slice(4)])).rejects.toMatchObject({
    code: 'INFERENCE_FAILED',
    retryable: true,
  });
  const closed = expect(waiting).rejects.toMatchObject({ code: 'INFERENCE_FAILED', retryable: true });
  await service?.close();
  await closed;
});

it('says that there is no CT model', async () => {
  const { predictSlices, hasTask } = await start({ ctModelDir: null });
  expect(hasTask('ct-triage')).toBe(false);
  await expect(predictSlices([slice(1)])).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

it('refuses a model whose network is not the digested one, or that has another task', async () => {
  await expect(start({ ctModelDir: modelDir })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});

it.skipIf(tensorFlowMissing !== null)('both engines agree on a slice', async () => {
  const slices = [slice(1), slice(2, -700), slice(3, -500)];
  const wasm = await (await start()).predictSlices(slices);
  await service?.close();
  const native = await (await start({ engine: 'tensorflow' })).predictSlices(slices);
  wasm.forEach(({ covidProbability, heatmap }, i) => {
    expect(native[i]?.covidProbability).toBeCloseTo(covidProbability, 3);
    expect(native[i]?.heatmap?.values.length).toBe(heatmap?.values.length);
  });
});

it('looks at the lungs alone: neither the table nor the room around changes the input', async () => {
  const { manifest } = await loadCtModel(ctModelDir);
  const whole = slice(7);
  const { values, box } = toSliceInput(whole, manifest.input);
  expect(box.x).toBeGreaterThan(20);
  expect(box.y + box.height, 'the table is below').toBeLessThan(128 + 72);
  const far = { width: 384, height: 384, hounsfield: new Int16Array(384 * 384).fill(-1000) };
  for (let y = 0; y < 256 - 50; y++)
    far.hounsfield.set(whole.hounsfield.subarray(y * 256, (y + 1) * 256), (y + 64) * 384 + 64);
  const other = toSliceInput(far, manifest.input);
  const difference = values.map((value, i) => Math.abs(value - (other.values[i] ?? 0)));
  expect(difference.reduce((sum, value) => sum + value, 0) / difference.length).toBeLessThan(0.15);
});

it('gives a figure of a slice what it gives the slice', async () => {
  const { manifest } = await loadCtModel(ctModelDir);
  const whole = slice(3);
  const { values, box } = toSliceInput(whole, manifest.input);
  const shown = displayed(whole, manifest.input.window);
  const figure = { width: box.width, height: box.height, pixels: new Uint8Array(box.width * box.height) };
  for (let y = 0; y < box.height; y++) {
    const from = (y + box.y) * 256 + box.x;
    figure.pixels.set(shown.pixels.subarray(from, from + box.width), y * box.width);
  }
  expect(figureInput(figure, manifest.input)).toEqual(values);
});
