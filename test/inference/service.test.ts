import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createInferenceService, type InferenceService } from '../../server/inference/service.js';
import type { Picture } from '../../server/inference/types.js';
import { projectRoot } from '../../server/runtime.js';
import { writeTinyModel } from '../support/tiny-model.js';

const context = { modality: 'DX', viewPosition: 'PA', bodyPartExamined: 'CHEST' };
const faulty = join(projectRoot(), 'test/support/crashing.worker.mjs');
let modelDir = '';
let service: InferenceService | null = null;

async function start(options: Partial<Parameters<typeof createInferenceService>[0]> = {}) {
  service = await createInferenceService({
    engine: 'wasm',
    modelDir,
    batchSize: 4,
    batchWaitMs: 30,
    ...options,
  });
  return service;
}

/** @param corner grey value of the upper left corner, by which the crashing thread knows what to do */
function picture(corner: number | null = null): Picture {
  const pixels = Uint8Array.from({ length: 96 * 96 }, (_, i) => {
    const isCorner = corner !== null && i % 96 < 12 && i < 12 * 96;
    return isCorner ? corner : (i * 37 + Math.floor(i / 96) * 11) % 256;
  });
  return { width: 96, height: 96, pixels };
}

beforeAll(async () => {
  modelDir = await writeTinyModel(await mkdtemp(join(tmpdir(), 'service-')));
});
afterEach(async () => {
  await service?.close();
  service = null;
});
afterAll(async () => {
  await rm(modelDir, { recursive: true, force: true });
});

it('puts pictures that wait together into one batch', async () => {
  const { predict } = await start({ batchSize: 2, batchWaitMs: 5000 });
  const results = await Promise.all([predict(picture(), context), predict(picture(), context)]);
  // Without the second picture the first would have waited its 5 s.
  expect(results[0].durations.queueMs).toBeLessThan(2000);
  expect(results[0].durations.inferenceMs).toBe(results[1].durations.inferenceMs);
  expect(results[0].prediction).toEqual(results[1].prediction);
});

it('does not hold a lone picture longer than the wait', async () => {
  const { predict, describe: info } = await start();
  const { prediction, durations } = await predict(picture(), context);
  expect(durations.queueMs).toBeGreaterThan(20);
  expect(durations.queueMs).toBeLessThan(1000);
  expect(prediction.findings.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);
  expect(info()).toMatchObject({ name: 'wasm', gpu: false });
});

it('abstains from a blank picture and measures the engine without leaking', async () => {
  const { predict, benchmark, tensorCount } = await start();
  const before = await tensorCount();
  const blank = { width: 96, height: 96, pixels: new Uint8Array(96 * 96) };
  expect((await predict(blank, context)).prediction.abstainCode).toBe('IMAGE_WITHOUT_CONTENT');
  expect((await benchmark(20)).imagesPerSecond).toBeGreaterThan(1);
  expect(await tensorCount()).toBe(before);
});

it('refuses, retryable, what its queue cannot hold', async () => {
  const { predict, queued } = await start({ maxQueue: 2, batchWaitMs: 5000 });
  const waiting = Promise.allSettled([predict(picture(), context), predict(picture(), context)]);
  expect(queued()).toBe(2);
  await expect(predict(picture(), context)).rejects.toMatchObject({
    code: 'INFERENCE_FAILED',
    retryable: true,
  });
  await service?.close();
  for (const one of await waiting) {
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'INFERENCE_FAILED', retryable: true } });
  }
});

it('rejects the batch of a crashed thread and serves those behind it after the restart', async () => {
  const { predict } = await start({ entry: faulty, batchSize: 1, restartMs: 50 });
  const crashed = predict(picture(0), context);
  const behind = predict(picture(), context);
  await expect(crashed).rejects.toMatchObject({ code: 'INFERENCE_FAILED', retryable: true });
  await expect(behind).resolves.toMatchObject({ prediction: { abstainCode: null } });
});

it('ends a thread that does not answer in time', async () => {
  const { predict } = await start({ entry: faulty, batchSize: 1, restartMs: 50, deadlineMs: 1000 });
  await expect(predict(picture(255), context)).rejects.toThrow(/within 1000 ms/);
  await expect(predict(picture(), context)).resolves.toBeDefined();
});

it('says at start that there is no such engine or model', async () => {
  await expect(start({ engine: 'webgpu' })).rejects.toMatchObject({ code: 'ENGINE_NOT_AVAILABLE' });
  await expect(start({ modelDir: join(modelDir, 'none') })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
  });
});
