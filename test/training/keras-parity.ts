import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import type { LayersModel, Tensor } from '../../training/tf-types.js';

/** What Keras computed when every weight and the input follow the formulas below. */
export interface KerasAnswer {
  input: [number, number, number];
  params: number;
  layers: { layer: string; weights: { k: number; kind: string; shape: number[] }[] }[];
  features: number[];
  features_l2: number;
}

export async function readAnswer(data: string, name: string): Promise<KerasAnswer> {
  return JSON.parse(await readFile(join(data, 'keras-parity', `${name}.json`), 'utf8')) as KerasAnswer;
}

/** The k-th weight of a network by formula: a sine, scaled by what the weight is for. */
function formula(kind: string, shape: number[], k: number): Float32Array {
  const [h = 1, w = 1, inputs = 1] = shape;
  const length = shape.reduce((product, size) => product * size, 1);
  const scale: Record<string, (s: number) => number> = {
    kernel: (s) => (2 * s) / Math.sqrt(h * w * inputs),
    depthwise_kernel: (s) => (2 * s) / Math.sqrt(h * w),
    gamma: (s) => 1 + 0.1 * s,
    beta: (s) => 0.1 * s,
    moving_mean: (s) => 0.1 * s,
    moving_variance: (s) => 1 + 0.1 * s,
    bias: (s) => 0.01 * s,
  };
  const of = scale[kind];
  if (!of) throw new Error(`no formula for ${kind}`);
  return Float32Array.from({ length }, (_, i) => of(Math.sin(0.7 * i + 0.3 * k)));
}

/** Gives every weight of the model the value of the formula. */
export function setByFormula(tf: TensorFlow, model: LayersModel, answer: KerasAnswer): void {
  for (const { layer, weights } of answer.layers) {
    tf.tidy(() =>
      model
        .getLayer(layer)
        .setWeights(weights.map(({ kind, shape, k }) => tf.tensor(formula(kind, shape, k), shape))),
    );
  }
}

/** Mean over height and width of the last feature map, for the input by formula. */
export function features(tf: TensorFlow, model: LayersModel, [h, w, c]: [number, number, number]): number[] {
  return tf.tidy(() => {
    const picture = tf.tensor4d(
      Float32Array.from({ length: h * w * c }, (_, i) => Math.sin(0.01 * i)),
      [1, h, w, c],
    );
    return Array.from(tf.mean(model.predict(picture) as Tensor, [1, 2]).dataSync());
  });
}

/** Largest difference to Keras's features, relative to the largest of them, and the relative difference of the norms. */
export function featureErrors(values: number[], answer: KerasAnswer): { values: number; norm: number } {
  const scale = Math.max(...answer.features.map(Math.abs));
  const differences = answer.features.map((value, i) => Math.abs(value - (values[i] ?? Infinity)));
  const norm = Math.hypot(...values);
  return {
    values: Math.max(...differences) / scale,
    norm: Math.abs(norm - answer.features_l2) / answer.features_l2,
  };
}
