import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fold, readWeights, type NamedWeights } from '../../training/backbone.js';
import { createRandom } from '../../training/random.js';
import { dataFolder } from './generated.js';

const random = createRandom(5);

function randomWeights(name: string, kernelName: string, kernel: number[], channels: number): NamedWeights {
  const draw = (shape: number[], make: () => number) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return { shape, values: Float32Array.from({ length }, make) };
  };
  return new Map([
    [`${name}/${kernelName}`, draw(kernel, () => random.normal())],
    [`${name}_bn/gamma`, draw([channels], () => random.between(0.5, 2))],
    [`${name}_bn/beta`, draw([channels], () => random.normal())],
    [`${name}_bn/moving_mean`, draw([channels], () => random.normal())],
    [`${name}_bn/moving_variance`, draw([channels], () => random.between(0.1, 3))],
  ]);
}

/** Largest difference between the folded convolution and convolution then batch normalisation, relative to the latter. */
function foldingError(weights: NamedWeights, name: string, kernelName: string): number {
  const folded = fold(weights, name, kernelName);
  if (!folded) throw new Error(`${name} cannot be folded`);
  const depthwise = kernelName === 'depthwise_kernel';
  const inputs = folded.shape[2] ?? 1;
  const x = tf.tensor4d(
    Float32Array.from({ length: 9 * 9 * inputs }, () => random.normal()),
    [1, 9, 9, inputs],
  );
  const convolve = (kernel: Float32Array) => {
    const filter = tf.tensor4d(kernel, folded.shape as [number, number, number, number]);
    return depthwise ? tf.depthwiseConv2d(x, filter, 1, 'same') : tf.conv2d(x, filter, 1, 'same');
  };
  const raw = (part: string) => tf.tensor1d(weights.get(part)?.values ?? []);
  const expected = tf.batchNorm(
    convolve(weights.get(`${name}/${kernelName}`)?.values ?? new Float32Array()),
    raw(`${name}_bn/moving_mean`),
    raw(`${name}_bn/moving_variance`),
    raw(`${name}_bn/beta`),
    raw(`${name}_bn/gamma`),
    0.001,
  );
  const actual = tf.add(convolve(folded.kernel), tf.tensor1d(folded.bias));
  const scale = Math.max(1, tf.max(tf.abs(expected)).dataSync()[0] ?? 1);
  return (tf.max(tf.abs(tf.sub(expected, actual))).dataSync()[0] ?? Infinity) / scale;
}

describe('folded batch normalisation', () => {
  it('gives what convolution and normalisation give', () => {
    expect(foldingError(randomWeights('a', 'kernel', [3, 3, 4, 8], 8), 'a', 'kernel')).toBeLessThan(1e-4);
    const depthwise = randomWeights('d', 'depthwise_kernel', [3, 3, 6, 1], 6);
    expect(foldingError(depthwise, 'd', 'depthwise_kernel')).toBeLessThan(1e-4);
  });

  const real = dataFolder();
  it.skipIf(real === null)(
    'gives the same for the ImageNet weights, whose last kernel is missing',
    async () => {
      const weights = await readWeights(join(real ?? '', 'weights/mobilenet_v1_1.0_224'));
      for (const block of [1, 6, 12]) {
        expect(foldingError(weights, `conv_dw_${block}`, 'depthwise_kernel')).toBeLessThan(1e-4);
        expect(foldingError(weights, `conv_pw_${block}`, 'kernel')).toBeLessThan(1e-4);
      }
      expect(fold(weights, 'conv_pw_13', 'kernel')).toBeNull();
    },
  );
});
