import type { Tensor } from '../tf-types.js';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { nativeKernels } from './native.js';

const replaced = new WeakSet<TensorFlow>();

/**
 * Lets TensorFlow compute the gradients of relu, relu6 and frozen batch normalisation by one kernel each, where
 * TensorFlow.js walks over the activation five to ten times. The values are the same. Does nothing on other backends.
 */
export function useNativeGradients(tf: TensorFlow): void {
  const native = nativeKernels(tf);
  if (!native || replaced.has(tf)) return;
  replaced.add(tf);
  for (const [kernelName, gradient] of [
    ['Relu', native.reluGrad],
    ['Relu6', native.relu6Grad],
  ] as const) {
    const stock = tf.getGradient(kernelName);
    tf.registerGradient({
      ...stock,
      gradFunc: (dy, saved, attributes) =>
        nativeKernels(tf)
          ? { x: () => gradient(dy as Tensor, saved[0] as Tensor) }
          : stock.gradFunc(dy, saved, attributes),
    });
  }
  const composed = tf.getGradient('FusedBatchNorm');
  tf.registerGradient({
    ...composed,
    kernelName: 'FusedBatchNorm',
    gradFunc: (dy, saved, attributes) => {
      const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
      if (!nativeKernels(tf) || mean.rank !== 1 || x.rank !== 4)
        return composed.gradFunc(dy, saved, attributes);
      const { varianceEpsilon } = attributes as { varianceEpsilon: number };
      // At once: each gradient below is taken in a scope of its own, which would dispose of its siblings.
      const gradient = native.normaliseGrad(dy as Tensor, x, scale, [mean, variance], varianceEpsilon, false);
      const rest = (name: string) => () => {
        const of = composed.gradFunc(dy, saved, attributes)[name];
        if (!of) throw new Error(`batch normalisation has no gradient for ${name}`);
        return of();
      };
      return {
        x: () => gradient.x,
        scale: () => gradient.gamma,
        offset: () => gradient.beta,
        mean: rest('mean'),
        variance: rest('variance'),
      };
    },
  });
}
