import type { Tensor } from './tf-types.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';

interface NativeBackend {
  binding?: { TF_ATTR_TYPE: number; TF_FLOAT: number };
  executeSingleOutput?(name: string, attributes: object[], inputs: Tensor[]): Tensor;
}

/**
 * Replaces the gradient of relu6, which TensorFlow.js puts together from four passes over the feature map, by the
 * engine's own single pass. Does nothing on a backend that is not native.
 */
export function useFastGradients(tf: TensorFlow): void {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  if (binding === undefined || typeof backend.executeSingleOutput !== 'function') return;
  const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  tf.unregisterGradient('Relu6');
  tf.registerGradient({
    kernelName: 'Relu6',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      x: () => backend.executeSingleOutput?.('Relu6Grad', [type], [dy as Tensor, y as Tensor]) as Tensor,
    }),
  });
}
