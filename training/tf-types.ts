export type { Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
export type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
