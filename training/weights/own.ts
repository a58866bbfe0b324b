import type { StoredLayer, StoredWeight } from './stored.js';

/** A layer that the model has and the file may fill. */
export interface ExpectedLayer {
  name: string;
  /** Weights by kind: `kernel`, `gamma`. */
  weights: { name: string; shape: number[] }[];
  /** Of a batch normalisation: what is added to the variance. */
  epsilon: number | null;
}

/**
 * Our own models hold convolutions into which batch normalisation was folded, and take one grey channel. Takes both
 * apart again, so that a backbone with normalisation and three channels computes the same from a grey picture.
 */
export function unfold(stored: StoredLayer[], expected: ExpectedLayer[]): StoredLayer[] {
  const layers = new Map(expected.map((layer) => [layer.name, layer]));
  return stored.flatMap((layer): StoredLayer[] => {
    const wanted = layers.get(layer.name);
    const [kernel, bias] = layer.weights;
    if (!wanted || !kernel) return [layer];
    const normal = layers.get(`${layer.name}_bn`);
    const convolution = { name: layer.name, weights: [toChannels(kernel, wanted.weights[0]?.shape ?? [])] };
    if (wanted.weights.length !== 1 || !bias || !normal) {
      return [{ ...convolution, weights: [...convolution.weights, ...layer.weights.slice(1)] }];
    }
    const values: Record<string, (i: number) => number> = {
      gamma: () => 1,
      beta: (i) => bias.values[i] ?? 0,
      moving_mean: () => 0,
      moving_variance: () => 1 - (normal.epsilon ?? 0),
    };
    const weights = normal.weights.map(({ name }): StoredWeight => {
      const of = values[name] ?? (() => 0);
      const length = bias.values.length;
      return { name, shape: bias.shape, values: Float32Array.from({ length }, (_, i) => of(i)) };
    });
    return [convolution, { name: normal.name, weights }];
  });
}

/** A kernel for one channel, spread evenly over as many as are wanted. */
function toChannels(kernel: StoredWeight, wanted: number[]): StoredWeight {
  const [h = 1, w = 1, inputs = 1, outputs = 1] = kernel.shape;
  const channels = wanted[2] ?? inputs;
  if (kernel.shape.length !== 4 || inputs !== 1 || channels === 1 || wanted[3] !== outputs) return kernel;
  const values = new Float32Array(h * w * channels * outputs);
  for (let i = 0; i < values.length; i++) {
    const cell = Math.floor(i / (channels * outputs));
    values[i] = (kernel.values[cell * outputs + (i % outputs)] ?? 0) / channels;
  }
  return { ...kernel, shape: [h, w, channels, outputs], values };
}
