import type { SymbolicTensor } from '../tf-types.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { batchNormalization, type Applicable } from './batch-normalization.js';
import { relu6Layer } from './relu6.js';

type Pair = [number, number];

export interface ConvolutionSettings {
  strides?: number;
  padding?: 'same' | 'valid';
  useBias?: boolean;
  activation?: 'relu';
}

/** The layers that the backbones are made of, with Keras's defaults. Every call adds one layer to the graph. */
export interface Builder {
  /** Full convolution; kernel side in pixels, or height and width. */
  conv(
    x: SymbolicTensor,
    name: string,
    filters: number,
    side: number | Pair,
    settings?: ConvolutionSettings,
  ): SymbolicTensor;
  /** Depthwise convolution of 3 by 3 without bias; strided ones expect a picture that is padded already. */
  depthwise(x: SymbolicTensor, name: string, strides: number): SymbolicTensor;
  norm(
    x: SymbolicTensor,
    name: string,
    settings?: { epsilon?: number; momentum?: number; scale?: boolean },
  ): SymbolicTensor;
  relu(x: SymbolicTensor, name: string): SymbolicTensor;
  /** Rectifier that is cut at 6. */
  relu6(x: SymbolicTensor, name: string): SymbolicTensor;
  /** Zeros around the picture: pixels at top and bottom, at left and right. */
  pad(x: SymbolicTensor, name: string, rows: Pair, columns?: Pair): SymbolicTensor;
  maxPool(x: SymbolicTensor, name: string, side: number, strides: number): SymbolicTensor;
  averagePool(
    x: SymbolicTensor,
    name: string,
    side: number,
    strides: number,
    padding?: 'same' | 'valid',
  ): SymbolicTensor;
  add(parts: SymbolicTensor[], name: string): SymbolicTensor;
  concat(parts: SymbolicTensor[], name: string): SymbolicTensor;
}

/** @param seed of the start values (Glorot uniform); each layer draws its own from it */
export function createBuilder(tf: TensorFlow, seed: number): Builder {
  let drawn = 0;
  const initializer = () => tf.initializers.glorotUniform({ seed: seed * 1009 + drawn++ });
  const apply = (layer: Applicable, x: SymbolicTensor) => layer.apply(x) as SymbolicTensor;
  return {
    conv: (x, name, filters, side, settings = {}) => {
      const { strides = 1, padding = 'same', useBias = false, activation } = settings;
      const layer = tf.layers.conv2d({
        name,
        filters,
        kernelSize: side,
        strides,
        padding,
        useBias,
        kernelInitializer: initializer(),
        ...(activation && { activation }),
      });
      return apply(layer, x);
    },
    depthwise: (x, name, strides) => {
      const layer = tf.layers.depthwiseConv2d({
        name,
        kernelSize: 3,
        strides,
        padding: strides === 1 ? 'same' : 'valid',
        useBias: false,
        depthwiseInitializer: initializer(),
      });
      return apply(layer, x);
    },
    norm: (x, name, { epsilon = 1e-3, momentum = 0.99, scale = true } = {}) =>
      apply(batchNormalization(tf, { name, epsilon, momentum, scale }), x),
    relu: (x, name) => apply(tf.layers.activation({ name, activation: 'relu' }), x),
    relu6: (x, name) => apply(relu6Layer(tf, name), x),
    pad: (x, name, rows, columns = rows) =>
      apply(tf.layers.zeroPadding2d({ name, padding: [rows, columns] }), x),
    maxPool: (x, name, side, strides) =>
      apply(tf.layers.maxPooling2d({ name, poolSize: side, strides, padding: 'valid' }), x),
    averagePool: (x, name, side, strides, padding = 'valid') =>
      apply(tf.layers.averagePooling2d({ name, poolSize: side, strides, padding }), x),
    add: (parts, name) => tf.layers.add({ name }).apply(parts) as SymbolicTensor,
    concat: (parts, name) => tf.layers.concatenate({ name, axis: -1 }).apply(parts) as SymbolicTensor,
  };
}
