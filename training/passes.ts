import { inputBox, toModelInput } from '../server/inference/preprocess.js';
import { contentBox } from '../server/inference/borders.js';
import { lungBox, shareOf } from '../server/inference/lung-box.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Picture } from '../server/inference/types.js';
import type { Network } from './backbone.js';
import { readPicture, type Example } from './dataset.js';
import type { Sets } from './prepare.js';
import type { Progress } from './progress.js';
import { zoneFeatures, type ZoneRows } from './severity.js';
import type { Tensor, Tensor4D } from './tf-types.js';

/** What the finished network makes of one picture. */
export interface Passed {
  logits: number[];
  /** The last feature map, averaged. */
  features: number[];
  /** Likeness to the mean chest film, -1 to 1. */
  correlation: number;
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
  { input, lungs }: Pick<Sets, 'input' | 'lungs'>,
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
    pictures.forEach((one, i) => {
      const { correlation } = lungBox(one, contentBox(one), lungs);
      results.push({ logits: logits[i] ?? [], features: features[i] ?? [], correlation });
    });
    report(results.length);
  }
  return results;
}

/** Features of the stages that severity is read from, averaged over each lung zone: films, stages, zones, values. */
export async function passZones(
  tf: TensorFlow,
  network: Network,
  { input, lungs }: Pick<Sets, 'input' | 'lungs'>,
  films: Example[],
): Promise<ZoneRows[][]> {
  const results: ZoneRows[][] = [];
  for (let from = 0; from < films.length; from += batchSize) {
    const pictures = await Promise.all(
      films.slice(from, from + batchSize).map(({ file }) => readPicture(file)),
    );
    const boxes = pictures.map((picture) =>
      shareOf(inputBox(picture, input), lungBox(picture, contentBox(picture), lungs).box),
    );
    const maps = tf.tidy(() => {
      const outputs = network.stages.predict(stack(tf, pictures, input)) as Tensor4D[];
      const cells = outputs.at(-1)?.shape[1] ?? 1;
      return outputs.slice(0, -1).map((map) => {
        const side = Math.round(map.shape[1] / cells);
        const pooled = side === 1 ? map : tf.avgPool(map, side, side, 'same');
        return { shape: pooled.shape, values: pooled.dataSync() as Float32Array };
      });
    });
    boxes.forEach((box, i) => {
      results.push(
        maps.map(({ shape: [, height, width, channels], values }) => {
          const size = height * width * channels;
          return zoneFeatures(values.subarray(i * size, (i + 1) * size), height, width, box);
        }),
      );
    });
  }
  return results;
}
