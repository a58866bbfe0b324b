import { loadTensorFlow, type TensorFlow } from '../../server/inference/tensorflow.js';

/** The TensorFlow engine, or null where it is not installed (said once per run). */
export function engine(): TensorFlow | null {
  try {
    return loadTensorFlow();
  } catch {
    console.warn('the TensorFlow engine is not installed (npm run setup:tensorflow): training is not tested');
    return null;
  }
}
