import type { Tensor } from '../tf-types.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import type { Applicable } from './batch-normalization.js';

/**
 * Keras's `ReLU(6)` by the one kernel that TensorFlow has for it; the layer of TensorFlow.js clips, whose gradient is
 * several walks over the activation.
 */
export function relu6Layer(tf: TensorFlow, name: string): Applicable {
  class Relu6 extends tf.layers.Layer {
    static readonly className = 'ReLU';

    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (!x) throw new Error(`${this.name} got no input`);
      return tf.relu6(x);
    }

    override getConfig() {
      return { ...super.getConfig(), maxValue: 6 };
    }
  }
  return new Relu6({ name });
}
