import type * as Layers from '@tensorflow/tfjs-layers';
import type { SymbolicTensor, Tensor, Tensor4D } from '../tf-types.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { nativeKernels, type NormalisedBatch } from './native.js';

export interface NormalizationSettings {
  name: string;
  /** Added to the variance. */
  epsilon: number;
  /** Share of the old value that the moving moments keep at each step. */
  momentum: number;
  /** Whether there is a gamma; InceptionV3 has none. */
  scale: boolean;
}

/** A layer as the builder applies it. */
export interface Applicable {
  apply(x: SymbolicTensor): unknown;
}

/**
 * Batch normalisation over the last axis that trains as Keras's does: by the batch's moments, with Bessel's correction
 * in the moving variance, and by the moving moments when the layer is not trainable. The layer of TensorFlow.js differs
 * in all three and fails without gamma. It is saved as a plain `BatchNormalization`, which every reader knows.
 */
export function batchNormalization(tf: TensorFlow, settings: NormalizationSettings): Applicable {
  const native = nativeKernels(tf);

  class KerasBatchNormalization extends tf.layers.Layer {
    static readonly className = 'BatchNormalization';
    private gamma: Layers.LayerVariable | null = null;
    private beta: Layers.LayerVariable | null = null;
    private mean: Layers.LayerVariable | null = null;
    private variance: Layers.LayerVariable | null = null;

    override build(inputShape: Layers.Shape | Layers.Shape[]): void {
      const shape = [(inputShape as Layers.Shape).at(-1) ?? 0];
      const ones = tf.initializers.ones();
      const zeros = tf.initializers.zeros();
      if (settings.scale) this.gamma = this.addWeight('gamma', shape, 'float32', ones);
      this.beta = this.addWeight('beta', shape, 'float32', zeros);
      this.mean = this.addWeight('moving_mean', shape, 'float32', zeros, undefined, false);
      this.variance = this.addWeight('moving_variance', shape, 'float32', ones, undefined, false);
      this.built = true;
    }

    override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const { beta, mean, variance } = this;
      if (!x || !beta || !mean || !variance) throw new Error(`${this.name} was called before it was built`);
      return tf.tidy(() => {
        const gamma = this.gamma?.read() ?? tf.ones(beta.shape as number[]);
        if (kwargs.training !== true || !this.trainable) {
          return tf.batchNorm(
            x as Tensor4D,
            mean.read() as Tensor4D,
            variance.read() as Tensor4D,
            beta.read() as Tensor4D,
            gamma as Tensor4D,
            settings.epsilon,
          );
        }
        return normalise(x, gamma, beta.read(), (batch) => {
          move(mean, batch.mean);
          move(variance, batch.variance);
        });
      });
    }

    override getConfig() {
      const { epsilon, momentum, scale } = settings;
      return { ...super.getConfig(), axis: 3, epsilon, momentum, scale, center: true };
    }
  }

  function move(variable: Layers.LayerVariable, value: Tensor): void {
    const { momentum } = settings;
    variable.write(tf.add(tf.mul(variable.read(), momentum), tf.mul(value, 1 - momentum)));
  }

  function normalise(
    x: Tensor,
    gamma: Tensor,
    beta: Tensor,
    seen: (batch: Pick<NormalisedBatch, 'mean' | 'variance'>) => void,
  ): Tensor {
    if (!native) {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const count = x.size / mean.size;
      seen({ mean, variance: tf.mul(variance, count / Math.max(1, count - 1)) });
      return tf.batchNorm(
        x as Tensor4D,
        mean as Tensor4D,
        variance as Tensor4D,
        beta as Tensor4D,
        gamma as Tensor4D,
        settings.epsilon,
      );
    }
    const operation = tf.customGrad((...inputs) => {
      const [input, scale, offset, save] = inputs as unknown as [
        Tensor,
        Tensor,
        Tensor,
        (tensors: Tensor[]) => void,
      ];
      const batch = native.normalise(input, scale, offset, settings.epsilon);
      seen(batch);
      save([input, scale, ...batch.reserved]);
      return {
        value: batch.y,
        gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
          const [savedX, savedGamma, ...reserved] = saved as [Tensor, Tensor, ...Tensor[]];
          const gradient = native.normaliseGrad(
            dy as Tensor,
            savedX,
            savedGamma,
            reserved,
            settings.epsilon,
            true,
          );
          return [gradient.x, gradient.gamma, gradient.beta];
        },
      };
    });
    return operation(x, gamma, beta);
  }

  return new KerasBatchNormalization({ name: settings.name });
}
