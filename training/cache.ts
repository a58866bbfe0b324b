import type { LayersModel, Tensor4D } from './tf-types.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import { toModelInput } from '../server/inference/preprocess.js';
import type { ModelManifest } from '../server/inference/manifest.js';
import type { Picture } from '../server/inference/types.js';

/** Outputs of the frozen stages end in relu6, so a byte per value holds them to 6/255. */
const step = 6 / 255;

/** What the frozen stages make of each picture, computed once. */
export interface FeatureCache {
  /** A batch of cached outputs. */
  batch(indices: number[]): Tensor4D;
  length: number;
}

/**
 * Runs pictures through the frozen stages and keeps the result as bytes.
 *
 * @param picture makes the i-th picture; called in order, so that only one batch is held
 */
export async function cacheFrozen(
  tf: TensorFlow,
  frozen: LayersModel,
  input: ModelManifest['input'],
  count: number,
  picture: (index: number) => Promise<Picture>,
  progress: (done: number) => void,
): Promise<FeatureCache> {
  const [, height = 0, width = 0, channels = 0] = frozen.outputs[0]?.shape as number[];
  const size = height * width * channels;
  const store = Array.from({ length: count }, () => new Uint8Array(0));
  const batchSize = 16;
  for (let start = 0; start < count; start += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, count - start) }, (_, i) => start + i);
    const inputs = await Promise.all(indices.map(async (index) => toModelInput(await picture(index), input)));
    const values = tf.tidy(() => {
      const x = tf.stack(inputs.map((one) => tf.tensor3d(one, [input.height, input.width, 1])));
      const y = frozen.predict(x) as Tensor4D;
      return y.div(step).round().clipByValue(0, 255).toInt().dataSync();
    });
    indices.forEach((index, i) => {
      store[index] = Uint8Array.from(values.subarray(i * size, (i + 1) * size));
    });
    progress(Math.min(count, start + batchSize));
  }
  return {
    length: count,
    batch: (indices) => {
      const bytes = new Float32Array(indices.length * size);
      indices.forEach((index, i) => {
        const source = store[index] ?? new Uint8Array(size);
        const offset = i * size;
        for (let k = 0; k < size; k++) bytes[offset + k] = (source[k] ?? 0) * step;
      });
      return tf.tensor4d(bytes, [indices.length, height, width, channels]);
    },
  };
}
