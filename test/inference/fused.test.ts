import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as layers from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { fuse } from '../../server/inference/engines/fused.js';
import { folderHandler } from '../../server/inference/model-files.js';
import { writeTinyModel } from '../support/tiny-model.js';

it('gives what the layers give, in the order of the outputs', async () => {
  const folder = await writeTinyModel(await mkdtemp(join(tmpdir(), 'fused-')));
  const model = await layers.loadLayersModel(folderHandler(folder));
  const run = fuse(tf, model);
  const x = tf.randomUniform<tf.Rank.R4>([2, 64, 64, 1], -1, 1, 'float32', 7);
  const expected = model.predict(x) as tf.Tensor[];
  const actual = run?.(x) ?? [];
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, tensor] of expected.entries()) {
    const gap = tf.abs(tf.sub(tensor, actual[i] ?? tf.scalar(NaN)));
    const difference = await tf.max(gap).data();
    expect(difference[0]).toBeLessThan(1e-5);
  }
  await rm(folder, { recursive: true });
});

it('leaves networks with other layers alone', () => {
  const input = layers.input({ shape: [8, 8, 1] });
  const normalised = layers.layers.batchNormalization().apply(input) as layers.SymbolicTensor;
  expect(fuse(tf, layers.model({ inputs: input, outputs: normalised }))).toBeNull();
});
