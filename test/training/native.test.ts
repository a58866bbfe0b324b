import { afterEach, describe, expect, it } from 'vitest';
import { kerasAdam } from '../../training/article/adam.js';
import { batchNormalization } from '../../training/backbones/batch-normalization.js';
import { useNativeGradients } from '../../training/backbones/native-gradients.js';
import type { LayersModel, SymbolicTensor, Tensor, Tensor4D, Variable } from '../../training/tf-types.js';
import { engine } from './engine.js';

const tf = engine();

function need() {
  if (!tf) throw new Error('no engine');
  return tf;
}

const draw = (shape: number[], seed: number) => need().randomNormal(shape, 0, 3, 'float32', seed);

/** Largest difference of two tensors, relative to the larger of 1 and the second. */
function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  const scale = Math.max(1, ...b.abs().dataSync());
  return Math.max(...a.sub(b).abs().dataSync()) / scale;
}

describe.skipIf(tf === null)('what TensorFlow computes itself', () => {
  it('has the gradients of relu, relu6 and frozen normalisation that TensorFlow.js composes', () => {
    const core = need();
    const x = draw([2, 5, 5, 6], 1) as Tensor4D;
    const [mean, offset, scale] = [2, 3, 4].map((seed) => draw([6], seed)) as [Tensor, Tensor, Tensor];
    const variance = core.abs(draw([6], 5)).add(0.1);
    const dy = draw([2, 5, 5, 6], 6);
    const gradients = () => [
      core.grad((t) => core.relu(t))(x, dy),
      core.grad((t) => core.relu6(t))(x, dy),
      ...core.grads((...[a, b, c]) =>
        core.batchNorm(
          a as Tensor4D,
          mean as Tensor4D,
          variance as Tensor4D,
          b as Tensor4D,
          c as Tensor4D,
          0.01,
        ),
      )([x, offset, scale], dy),
    ];
    const kept = ['Relu', 'Relu6', 'FusedBatchNorm'].map((name) => core.getGradient(name));
    const composed = gradients();
    useNativeGradients(core);
    expect(core.getGradient('Relu6')).not.toBe(kept[1]);
    const native = gradients();
    native.forEach((gradient, i) => expect(difference(gradient, composed[i] as Tensor)).toBeLessThan(1e-5));
    const ofMean = core.grad((m) =>
      core.batchNorm(x, m as Tensor4D, variance as Tensor4D, offset as Tensor4D, scale as Tensor4D),
    );
    expect(ofMean(mean).shape).toEqual([6]);
  });

  afterEach(() => need().setBackend('tensorflow'));

  it.each([
    ['tensorflow', true],
    ['tensorflow', false],
    ['cpu', true],
    ['cpu', false],
  ])('normalises a batch as Keras does (on %s, gamma: %s)', async (backend, scale) => {
    const core = need();
    await core.setBackend(backend);
    const settings = { name: 'bn', epsilon: 0.01, momentum: 0.9, scale };
    const input = core.input({ shape: [4, 4, 3] });
    const layer = batchNormalization(core, settings);
    const model = core.model({ inputs: input, outputs: layer.apply(input) as SymbolicTensor });
    const x = draw([2, 4, 4, 3], 7) as Tensor4D;
    const dy = draw([2, 4, 4, 3], 8);
    const start: Tensor[] = [draw([3], 9), core.tensor1d([0.5, 1, 2]), core.tensor1d([1, 2, 3])];
    const gamma = draw([3], 10);
    model.setWeights(scale ? [gamma, ...start] : start);
    const reference = (t: Tensor) => {
      const { mean, variance } = core.moments(t, [0, 1, 2]);
      const normal = t.sub(mean).div(variance.add(0.01).sqrt());
      return normal.mul(scale ? gamma : 1).add(start[0] as Tensor);
    };
    const apply = (t: Tensor, training: boolean) => model.apply(t, { training }) as Tensor;
    const [, movingMean, movingVariance] = start as [Tensor, Tensor, Tensor];
    const frozen = apply(x, false);
    const expected = x.sub(movingMean).div(movingVariance.add(0.01).sqrt());
    expect(difference(frozen, expected.mul(scale ? gamma : 1).add(start[0] as Tensor))).toBeLessThan(1e-5);

    expect(difference(apply(x, true), reference(x))).toBeLessThan(1e-5);
    const { mean, variance } = core.moments(x, [0, 1, 2]);
    const moved = model.getWeights().slice(-2) as [Tensor, Tensor];
    expect(difference(moved[0], movingMean.mul(0.9).add(mean.mul(0.1)))).toBeLessThan(1e-5);
    expect(difference(moved[1], movingVariance.mul(0.9).add(variance.mul((0.1 * 32) / 31)))).toBeLessThan(
      1e-5,
    );

    const gradient = core.grad((t) => apply(t, true))(x, dy);
    expect(difference(gradient, core.grad(reference)(x, dy))).toBeLessThan(1e-4);
    (model.layers[1] as LayersModel['layers'][number]).trainable = false;
    expect(difference(apply(x, true), apply(x, false))).toBe(0);
  });

  it.each(['tensorflow', 'cpu'])(
    'moves weights by Adam as Keras does, also after a restore (on %s)',
    async (backend) => {
      const core = need();
      await core.setBackend(backend);
      const start = [1, -2, 3];
      const gradients = [
        [0.5, -1e-7, 2],
        [-0.25, 1e-7, 2],
        [4, 0, -1],
      ];
      const expected = [...start];
      const m = [0, 0, 0];
      const v = [0, 0, 0];
      gradients.forEach((gradient, t) => {
        const rate = (0.01 * Math.sqrt(1 - 0.999 ** (t + 1))) / (1 - 0.9 ** (t + 1));
        gradient.forEach((g, i) => {
          m[i] = 0.9 * (m[i] ?? 0) + 0.1 * g;
          v[i] = 0.999 * (v[i] ?? 0) + 0.001 * g * g;
          expected[i] = (expected[i] ?? 0) - (rate * (m[i] ?? 0)) / (Math.sqrt(v[i] ?? 0) + 1e-7);
        });
      });
      const run = (variable: Variable, from: number, to: number, adam = kerasAdam(core, [variable])) => {
        gradients.slice(from, to).forEach((gradient) => adam.step([core.tensor1d(gradient)], 0.01));
        return adam;
      };
      const whole = core.variable(core.tensor1d(start));
      run(whole, 0, 3).dispose();
      whole.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));

      const first = core.variable(core.tensor1d(start));
      const adam = run(first, 0, 2);
      const second = core.variable(core.tensor1d(first.dataSync()));
      const restored = kerasAdam(core, [second]);
      restored.restore(adam.state(), 2);
      run(second, 2, 3, restored);
      second.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
    },
  );
});
