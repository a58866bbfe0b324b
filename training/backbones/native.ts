import type { Tensor } from '../tf-types.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

interface Binding {
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
  TF_ATTR_STRING: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_FLOAT: number;
  executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): unknown[];
}

interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: Tensor[]): number[];
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/**
 * TensorFlow's own kernels that TensorFlow.js for Node can run but never asks for. TensorFlow.js composes the same
 * sums from many small operations, each a walk over the whole activation.
 */
export interface NativeKernels {
  /** Gradient of relu from the gradient of its output and its input. */
  reluGrad(dy: Tensor, x: Tensor): Tensor;
  relu6Grad(dy: Tensor, x: Tensor): Tensor;
  /** Batch normalisation by the batch's own moments. */
  normalise(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): NormalisedBatch;
  /** Gradients of input, gamma and beta; `moments` are two that {@link NormalisedBatch} or the layer holds. */
  normaliseGrad(
    dy: Tensor,
    x: Tensor,
    gamma: Tensor,
    moments: Tensor[],
    epsilon: number,
    training: boolean,
  ): { x: Tensor; gamma: Tensor; beta: Tensor };
  /** A variable that lives in TensorFlow, which updates it in place. */
  resource(name: string, initial: Tensor): Resource;
  /** One step of Adam as Keras does it, in place: see {@link Resource}. */
  applyAdam(variable: Resource, m: Resource, v: Resource, settings: Tensor[], gradient: Tensor): void;
}

export interface NormalisedBatch {
  y: Tensor;
  mean: Tensor;
  /** With Bessel's correction, as Keras keeps it. */
  variance: Tensor;
  /** What the gradient needs. */
  reserved: Tensor[];
}

export interface Resource {
  handle: Tensor;
  read(): Tensor;
  assign(value: Tensor): void;
  destroy(): void;
}

/** The native kernels, or null where another backend than TensorFlow computes. */
export function nativeKernels(tf: TensorFlow): NativeKernels | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const type = (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const many = (name: string, attributes: Attribute[], inputs: Tensor[], outputs: number) =>
    backend.executeMultipleOutputs(name, attributes, inputs, outputs);
  const one = (name: string, attributes: Attribute[], inputs: Tensor[]) =>
    nth(many(name, attributes, inputs, 1), 0);
  const silent = (name: string, attributes: Attribute[], inputs: Tensor[]) => {
    binding.executeOp(name, attributes, backend.getInputTensorIds(inputs), 0);
  };
  const normalisation = (epsilon: number, training: boolean): Attribute[] => [
    type('T'),
    type('U'),
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    text('data_format', 'NHWC'),
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: training },
  ];
  return {
    reluGrad: (dy, x) => one('ReluGrad', [type('T')], [dy, x]),
    relu6Grad: (dy, x) => one('Relu6Grad', [type('T')], [dy, x]),
    normalise: (x, gamma, beta, epsilon) => {
      const empty = tf.tensor1d([], 'float32');
      const outputs = many(
        'FusedBatchNormV3',
        normalisation(epsilon, true),
        [x, gamma, beta, empty, empty],
        6,
      );
      empty.dispose();
      return {
        y: nth(outputs, 0),
        mean: nth(outputs, 1),
        variance: nth(outputs, 2),
        reserved: [nth(outputs, 3), nth(outputs, 4), nth(outputs, 5)],
      };
    },
    normaliseGrad: (dy, x, gamma, moments, epsilon, training) => {
      const third = moments[2] ?? tf.tensor1d([], 'float32');
      const inputs = [dy, x, gamma, nth(moments, 0), nth(moments, 1), third];
      const outputs = many('FusedBatchNormGradV3', normalisation(epsilon, training), inputs, 5);
      return { x: nth(outputs, 0), gamma: nth(outputs, 1), beta: nth(outputs, 2) };
    },
    resource: (name, initial) => {
      const dtype = type('dtype');
      const shape = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: initial.shape };
      const handle = tf.keep(
        one('VarHandleOp', [dtype, shape, text('shared_name', name), text('container', '')], []),
      );
      const assign = (value: Tensor) => silent('AssignVariableOp', [dtype], [handle, value]);
      assign(initial);
      return {
        handle,
        assign,
        read: () => one('ReadVariableOp', [dtype], [handle]),
        destroy: () => {
          silent('DestroyResourceOp', [], [handle]);
          handle.dispose();
        },
      };
    },
    applyAdam: (variable, m, v, settings, gradient) =>
      silent(
        'ResourceApplyAdam',
        [type('T'), { name: 'use_locking', type: binding.TF_ATTR_BOOL, value: false }],
        [variable.handle, m.handle, v.handle, ...settings, gradient],
      ),
  };
}

function nth(tensors: Tensor[], index: number): Tensor {
  const tensor = tensors[index];
  if (!tensor) throw new Error(`TensorFlow gave ${tensors.length} outputs, not ${index + 1}`);
  return tensor;
}
