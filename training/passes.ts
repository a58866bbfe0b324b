import { inputBox, toModelInput } from '../server/inference/preprocess.js';
import { contentBox } from '../server/inference/borders.js';
import { lungBox, shareOf } from '../server/inference/lung-box.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Picture } from '../server/inference/types.js';
import type { Network } from './backbone.js';
import { readPicture, type Example } from './dataset.js';
import type { Sets } from './prepare.js';
import type { Progress } from './progress.js';
import { zoneFeatures } from './severity.js';
import type { Tensor, Tensor4D } from './tf-types.js';

/** What the finished network makes of one picture. */
export interface Passed {
  logits: number[];
  /** The last feature map, averaged. */
  features: number[];
}

const batchSize = 16;

function stack(tf: TensorFlow, pictures: Picture[], input: Sets['input']): Tensor4D {
  return tf.stack(
    pictures.map((one) => tf.tensor3d(toModelInput(one, input), [input.height, input.width, 1])),
  ) as Tensor4D;
}

/** Runs `count` pictures through the network as serving does. */
export async function passAll(
  tf: TensorFlow,
  network: Network,
  input: Sets['input'],
  name: string,
  count: number,
  picture: (index: number) => Promise<Picture>,
  progress: Progress,
): Promise<Passed[]> {
  const report = progress.stage(name, count);
  const results: Passed[] = [];
  for (let from = 0; from < count; from += batchSize) {
    const size = Math.min(batchSize, count - from);
    const pictures = await Promise.all(Array.from({ length: size }, (_, i) => picture(from + i)));
    const [logits, features] = tf.tidy(() => {
      const [map, vector] = network.whole.predict(stack(tf, pictures, input)) as Tensor[];
      return [tf.mean(map as Tensor4D, [1, 2]), vector].map((tensor) => tensor?.arraySync());
    }) as [number[][], number[][]];
    logits.forEach((row, i) => results.push({ logits: row, features: features[i] ?? [] }));
    report(results.length);
  }
  return results;
}

/** The last features averaged over each lung zone, six rows a film. */
export async function passZones(
  tf: TensorFlow,
  network: Network,
  { input, lungs }: Pick<Sets, 'input' | 'lungs'>,
  films: Example[],
): Promise<number[][][]> {
  const results: number[][][] = [];
  for (let from = 0; from < films.length; from += batchSize) {
    const pictures = await Promise.all(
      films.slice(from, from + batchSize).map(({ file }) => readPicture(file)),
    );
    const map = tf.tidy(() => network.features.predict(stack(tf, pictures, input)) as Tensor4D);
    const [, height, width, channels] = map.shape;
    const values = (await map.data()) as Float32Array;
    map.dispose();
    const size = height * width * channels;
    pictures.forEach((picture, i) => {
      const { box } = lungBox(picture, contentBox(picture), lungs);
      const part = values.subarray(i * size, (i + 1) * size);
      results.push(zoneFeatures(part, height, width, shareOf(inputBox(picture, input), box)));
    });
  }
  return results;
}
