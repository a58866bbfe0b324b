import type { TensorFlow } from '../../server/inference/tensorflow.js';
import { createRandom } from '../random.js';
import type { Tensor2D, Tensor4D } from '../tf-types.js';
import type { Adam } from './adam.js';
import { articleLabels, rotate } from './data.js';
import { variablesOf, type ArticleNetwork } from './network.js';

/** Pictures as grey squares with their labels. */
export interface Squares {
  pixels: Float32Array[];
  labels: number[];
}

export interface EpochFigures {
  loss: number;
  accuracy: number;
}

const maxDegrees = 15;

/** Grey squares as a batch of RGB. */
function batch(tf: TensorFlow, squares: Float32Array[], size: number): Tensor4D {
  const grey = squares.map((one) => tf.tensor3d(one, [size, size, 1]));
  return tf.tile(tf.stack(grey) as Tensor4D, [1, 1, 1, 3]);
}

function crossEntropy(tf: TensorFlow, logits: Tensor2D, labels: number[]) {
  const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), articleLabels.length);
  return tf.losses.softmaxCrossEntropy(truth, logits).asScalar();
}

function correct(logits: number[][], labels: number[]): number {
  return logits.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length;
}

/**
 * One epoch as Keras's `fit` with a generator does it: shuffled, whole batches only, each picture turned by up to
 * 15 degrees either way, the base's batch normalisation in training mode.
 *
 * @param rate learning rate of the i-th step of this epoch
 * @param seed decides order, angles and dropout
 * @returns mean loss and accuracy over the epoch, as they were while it ran
 */
export async function trainEpoch(
  tf: TensorFlow,
  network: ArticleNetwork,
  adam: Adam,
  data: Squares,
  options: { size: number; batchSize: number; seed: number; rate: (step: number) => number },
  progress: (step: number) => void,
): Promise<EpochFigures> {
  const { size, batchSize, seed } = options;
  const random = createRandom(seed);
  network.seedDropout(random.below(2 ** 31));
  const order = random.shuffle([...data.pixels.keys()]);
  const steps = Math.floor(order.length / batchSize);
  const variables = variablesOf(network.logits.trainableWeights);
  let [loss, hits] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const chosen = order.slice(step * batchSize, (step + 1) * batchSize);
    const labels = chosen.map((index) => data.labels[index] ?? 0);
    const turned = chosen.map((index) =>
      rotate(data.pixels[index] ?? new Float32Array(), size, random.between(-maxDegrees, maxDegrees)),
    );
    const result = tf.tidy(() => {
      let rows: number[][] = [];
      const { value, grads } = tf.variableGrads(() => {
        const logits = network.logits.apply(batch(tf, turned, size), { training: true }) as Tensor2D;
        rows = logits.arraySync();
        return crossEntropy(tf, logits, labels);
      }, variables);
      adam.step(
        variables.map(({ name }) => {
          const gradient = grads[name];
          if (!gradient) throw new Error(`${name} has no gradient`);
          return gradient;
        }),
        options.rate(step),
      );
      return { loss: value.dataSync()[0] ?? 0, hits: correct(rows, labels) };
    });
    loss += result.loss;
    hits += result.hits;
    progress(step + 1);
    await new Promise(setImmediate);
  }
  return { loss: loss / steps, accuracy: hits / (steps * batchSize) };
}

/** Probabilities of each picture, in the order of {@link articleLabels}. */
export function predict(tf: TensorFlow, network: ArticleNetwork, data: Squares, size: number): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < data.pixels.length; start += 8) {
    const part = data.pixels.slice(start, start + 8);
    rows.push(...tf.tidy(() => (network.whole.apply(batch(tf, part, size)) as Tensor2D).arraySync()));
  }
  return rows;
}

/** Mean cross-entropy and accuracy of predictions. */
export function judge(probabilities: number[][], labels: number[]): EpochFigures {
  const loss = probabilities.reduce(
    (sum, row, i) => sum - Math.log(Math.max(1e-7, row[labels[i] ?? 0] ?? 0)),
    0,
  );
  return { loss: loss / labels.length, accuracy: correct(probabilities, labels) / labels.length };
}
