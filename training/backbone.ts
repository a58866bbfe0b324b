import type { LayersModel, SymbolicTensor, Tensor } from './tf-types.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import { DomainError } from '../server/errors.js';
import type { Random } from './random.js';

/** Output channels and stride of MobileNetV1's thirteen separable blocks (Howard et al. 2017, arXiv:1704.04861). */
export const blocks: [number, number][] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

/** Weights by name, for example `conv_pw_3/kernel`, with batch normalisation still apart. */
export type NamedWeights = Map<string, { shape: number[]; values: Float32Array }>;

/** Value of an IEEE 754 half. */
function fromHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/**
 * Reads a layers model's weights, float32 or our own float16, without building it; groups whose file is missing are
 * left out.
 */
export async function readWeights(folder: string): Promise<NamedWeights> {
  const file = join(folder, 'model.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DomainError('USAGE', `no start weights: ${file} cannot be read`, { cause });
  });
  const json = JSON.parse(text) as {
    weightsManifest: {
      paths: string[];
      weights: { name: string; shape: number[]; quantization?: { dtype: string } }[];
    }[];
  };
  const result: NamedWeights = new Map();
  for (const group of json.weightsManifest) {
    const parts = await Promise.all(
      group.paths.map((path) => readFile(join(folder, path)).catch(() => null)),
    );
    if (parts.includes(null)) continue;
    const bytes = Buffer.concat(parts.filter((part) => part !== null));
    let offset = 0;
    for (const { name, shape, quantization } of group.weights) {
      const size = shape.reduce((product, side) => product * side, 1);
      const width = quantization?.dtype === 'float16' ? 2 : 4;
      if (offset + size * width > bytes.length) break;
      const values = new Float32Array(size);
      for (let i = 0; i < size; i++) {
        values[i] =
          width === 4 ? bytes.readFloatLE(offset + i * 4) : fromHalf(bytes.readUInt16LE(offset + i * 2));
      }
      result.set(name, { shape, values });
      offset += size * width;
    }
  }
  return result;
}

/** One convolution with its batch normalisation folded into kernel and bias. */
export interface Folded {
  kernel: Float32Array;
  shape: number[];
  bias: Float32Array;
}

/** A convolution of one of our own models, whose batch normalisation is folded already. */
function foldedAlready(weights: NamedWeights, convolution: string, kernelName: string): Folded | null {
  const kernel = weights.get(`${convolution}/${kernelName}`);
  const bias = weights.get(`${convolution}/bias`);
  return kernel && bias ? { kernel: kernel.values, shape: kernel.shape, bias: bias.values } : null;
}

/**
 * Folds a batch normalisation into the convolution before it: in inference both are one affine map.
 * A depthwise kernel's channels are its third axis, a full kernel's the fourth.
 */
export function fold(
  weights: NamedWeights,
  convolution: string,
  kernelName: string,
  epsilon = 0.001,
): Folded | null {
  const already = foldedAlready(weights, convolution, kernelName);
  if (already) return already;
  const kernel = weights.get(`${convolution}/${kernelName}`);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
    (name) => weights.get(`${convolution}_bn/${name}`)?.values,
  );
  if (!kernel || !gamma || !beta || !mean || !variance) return null;
  const channels = gamma.length;
  const scale = gamma.map((value, i) => value / Math.sqrt((variance[i] ?? 1) + epsilon));
  return {
    shape: kernel.shape,
    kernel: kernel.values.map((value, i) => value * (scale[i % channels] ?? 1)),
    bias: beta.map((value, i) => value - (mean[i] ?? 0) * (scale[i] ?? 1)),
  };
}

/** Sums a kernel over its three equal input channels: the same result for a grey picture at a third of the work. */
function toGrey({ kernel, shape, bias }: Folded): Folded {
  const [h = 0, w = 0, inputs = 0, outputs = 0] = shape;
  if (inputs === 1) return { kernel, shape, bias };
  const grey = new Float32Array(h * w * outputs);
  kernel.forEach((value, i) => {
    const cell = Math.floor(i / (inputs * outputs));
    const target = cell * outputs + (i % outputs);
    grey[target] = (grey[target] ?? 0) + value;
  });
  return { kernel: grey, shape: [h, w, 1, outputs], bias };
}

/** A 1x1 kernel's leading output channels: a model of our own has channels for severity after those of the labels. */
function firstChannels({ kernel, shape, bias }: Folded, count: number): Folded {
  const outputs = shape[3] ?? count;
  return {
    kernel: kernel.filter((_, i) => i % outputs < count),
    shape: [...shape.slice(0, 3), count],
    bias: bias.slice(0, count),
  };
}

function fresh(shape: number[], random: Random): Folded {
  const [h = 1, w = 1, inputs = 1, outputs = 1] = shape;
  const deviation = Math.sqrt(2 / (h * w * inputs));
  const kernel = Float32Array.from({ length: h * w * inputs * outputs }, () => random.normal() * deviation);
  return { kernel, shape, bias: new Float32Array(outputs) };
}

/** A missing square kernel begins as the identity and a little noise, so that the features before it survive. */
function passThrough(shape: number[], random: Random): Folded {
  const size = shape[3] ?? 0;
  const kernel = Float32Array.from(
    { length: size * size },
    (_, i) => 0.01 * random.normal() + (i % (size + 1) === 0 ? 1 : 0),
  );
  return { kernel, shape, bias: new Float32Array(size) };
}

/**
 * Blocks that severity is read from: one that still sees texture and one that sees much of a lung
 * (docs/experiments.md). The first is twice as fine as the last map.
 */
export const severityBlocks = [8, 12] as const;

/** MobileNetV1 in two parts: the frozen one whose output can be cached, and the one that is trained. */
export interface Network {
  frozen: LayersModel;
  /** Outputs `logits_map` and `features`. */
  trained: LayersModel;
  /** Both in one, sharing their weights. */
  whole: LayersModel;
  /** The feature maps after the blocks of `severityBlocks`, then the last one. */
  stages: LayersModel;
  /** Layers whose start weights were missing and drawn afresh. */
  initialised: string[];
  /** True when it starts from one of our own models, labels included. */
  continued: boolean;
}

/**
 * Builds the network for grey pictures with folded batch normalisation.
 *
 * @param frozenBlocks 1 to 12: how many of the thirteen blocks are frozen
 */
export function buildNetwork(
  tf: TensorFlow,
  weights: NamedWeights,
  options: { size: number; labels: number; frozenBlocks: number; dropout: number; random: Random },
): Network {
  const { size, labels, frozenBlocks, random } = options;
  const initialised: string[] = [];
  const set = (layer: { setWeights(weights: Tensor[]): void }, folded: Folded) => {
    tf.tidy(() => {
      layer.setWeights([tf.tensor(folded.kernel, folded.shape), tf.tensor1d(folded.bias)]);
    });
  };
  const settings = { padding: 'same' as const, useBias: true, activation: 'relu6' as const };
  const conv1 = tf.layers.conv2d({ name: 'conv1', filters: 32, kernelSize: 3, strides: 2, ...settings });
  const layers = blocks.map(([filters, stride], index) => ({
    depthwise: tf.layers.depthwiseConv2d({
      name: `conv_dw_${index + 1}`,
      kernelSize: 3,
      strides: stride,
      ...settings,
    }),
    pointwise: tf.layers.conv2d({ name: `conv_pw_${index + 1}`, filters, kernelSize: 1, ...settings }),
  }));
  const dropout = tf.layers.dropout({ name: 'dropout', rate: options.dropout });
  const logits = tf.layers.conv2d({
    name: 'logits_map',
    filters: labels,
    kernelSize: 1,
    kernelInitializer: 'glorotUniform',
  });
  const pool = tf.layers.globalAveragePooling2d({ name: 'features', dataFormat: 'channelsLast' });

  const through = (start: SymbolicTensor, from: number, to: number): SymbolicTensor[] => {
    const outputs: SymbolicTensor[] = [];
    for (const layer of layers.slice(from, to)) {
      const before = outputs.at(-1) ?? start;
      outputs.push(layer.pointwise.apply(layer.depthwise.apply(before)) as SymbolicTensor);
    }
    return outputs;
  };
  const head = (x: SymbolicTensor) => [logits.apply(dropout.apply(x)), pool.apply(x)] as SymbolicTensor[];

  const input = tf.input({ shape: [size, size, 1], name: 'picture' });
  const early = through(conv1.apply(input) as SymbolicTensor, 0, frozenBlocks);
  const middle = early.at(-1) as SymbolicTensor;
  const frozen = tf.model({ inputs: input, outputs: middle, name: 'frozen' });
  const second = tf.input({ shape: middle.shape.slice(1), name: 'middle' });
  const trained = tf.model({
    inputs: second,
    outputs: head(through(second, frozenBlocks, 13).at(-1) as SymbolicTensor),
    name: 'trained',
  });
  const maps = [...early, ...through(middle, frozenBlocks, 13)];
  const last = maps.at(-1) as SymbolicTensor;
  const whole = tf.model({ inputs: input, outputs: head(last), name: 'mobilenet_v1' });
  const read = severityBlocks.map((block) => maps[block - 1] as SymbolicTensor);
  const stages = tf.model({ inputs: input, outputs: [...read, last], name: 'stages' });

  const first = fold(weights, 'conv1', 'kernel');
  set(conv1, first ? toGrey(first) : missing('conv1', [3, 3, 1, 32]));
  layers.forEach(({ depthwise, pointwise }, index) => {
    const inputs = index === 0 ? 32 : (blocks[index - 1]?.[0] ?? 0);
    const outputs = blocks[index]?.[0] ?? 0;
    const dw = `conv_dw_${index + 1}`;
    const pw = `conv_pw_${index + 1}`;
    set(depthwise, fold(weights, dw, 'depthwise_kernel') ?? missing(dw, [3, 3, inputs, 1]));
    set(pointwise, fold(weights, pw, 'kernel') ?? missing(pw, [1, 1, inputs, outputs]));
  });
  const own =
    foldedAlready(weights, 'label_channels', 'kernel') ?? foldedAlready(weights, 'logits_map', 'kernel');
  if (own) set(logits, firstChannels(own, labels));
  frozen.trainable = false;
  return { frozen, trained, whole, stages, initialised, continued: own !== null };

  function missing(name: string, shape: number[]): Folded {
    initialised.push(name);
    const [, , inputs = 0, outputs = 0] = shape;
    return inputs === outputs ? passThrough(shape, random) : fresh(shape, random);
  }
}
