import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import * as layers from '@tensorflow/tfjs-layers';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { batchOf, cacheFrozen, joined } from '../../training/cache.js';
import { temporaryFolder } from './generated.js';

// Real: a small frozen network on the plain JavaScript backend, and the files.
const engine = { ...tf, ...layers } as unknown as TensorFlow;
let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function network() {
  const input = layers.input({ shape: [4, 4, 1] });
  const convolution = layers.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu6' });
  const model = layers.model({ inputs: input, outputs: convolution.apply(input) as layers.SymbolicTensor });
  convolution.setWeights([tf.tensor4d([1, 2], [1, 1, 1, 2]), tf.tensor1d([0, 1])]);
  return model;
}

describe('cached frozen features', () => {
  const frozen = network();
  const made: number[] = [];
  const make = (identity: object, count = 40) =>
    cacheFrozen(
      engine,
      frozen,
      folder,
      'part',
      identity,
      count,
      (start, size) => {
        made.push(start);
        return Promise.resolve(
          Array.from({ length: size }, (_, i) => new Float32Array(16).fill((start + i) / 40)),
        );
      },
      () => undefined,
    );

  it('gives what the frozen stages give, to half a step, and is not made twice', async () => {
    const cache = await make({ of: 'a' });
    const values = batchOf(engine, cache, [3, 39]).arraySync();
    expect(values[0]?.[0]?.[0]?.[1]).toBeCloseTo(2 * (3 / 40) + 1, 1);
    expect(values[1]?.[2]?.[3]?.[0]).toBeCloseTo(39 / 40, 1);
    await cache.close();
    expect(made).toEqual([0, 16, 32]);
    await (await make({ of: 'a' })).close();
    expect(made).toEqual([0, 16, 32]);
  });

  it('is made anew from other inputs', async () => {
    await (await make({ of: 'b' })).close();
    expect(made).toEqual([0, 16, 32, 0, 16, 32]);
  });

  it('counts on through joined parts', async () => {
    const cache = await make({ of: 'b' });
    const both = joined([cache, cache]);
    expect(both.length).toBe(80);
    const [a, b] = batchOf(engine, both, [5, 45]).arraySync();
    expect(a).toEqual(b);
    await cache.close();
  });
});
