import { createHash } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { readSync } from 'node:fs';
import { join } from 'node:path';
import type { LayersModel, Tensor4D } from './tf-types.js';
import { fuse } from '../server/inference/engines/fused.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';

/** Outputs of the frozen stages end in relu6, so a byte per value holds them to 6/255. */
const step = 6 / 255;

/** What the frozen stages make of each input, computed once. */
export interface FeatureCache {
  length: number;
  /** height, width and channels of one record. */
  shape: [number, number, number];
  /** Copies one record's values. */
  read(index: number, target: Float32Array, offset: number): void;
  close(): Promise<void>;
}

/** A batch of cached outputs. */
export function batchOf(tf: TensorFlow, cache: FeatureCache, indices: number[]): Tensor4D {
  const size = cache.shape.reduce((product, side) => product * side, 1);
  const values = new Float32Array(indices.length * size);
  indices.forEach((index, i) => cache.read(index, values, i * size));
  return tf.tensor4d(values, [indices.length, ...cache.shape]);
}

/** Caches of the same length one after the other. */
export function joined(parts: FeatureCache[]): FeatureCache {
  const [first] = parts;
  if (!first) throw new Error('no caches to join');
  return {
    length: parts.length * first.length,
    shape: first.shape,
    read: (index, target, offset) =>
      parts[Math.floor(index / first.length)]?.read(index % first.length, target, offset),
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

/** Identifies pictures by where they lie, for the `identity` of a cache. */
export function digestOfFiles(pictures: readonly { file: string }[]): string {
  return createHash('sha256')
    .update(pictures.map(({ file }) => file).join('\n'))
    .digest('hex');
}

/** Identifies the frozen stages by what they hold, so that no cache outlives them. */
export async function digestOf(model: LayersModel): Promise<string> {
  const hash = createHash('sha256');
  for (const tensor of model.getWeights()) hash.update(new Uint8Array((await tensor.data()).buffer));
  return hash.digest('hex');
}

/**
 * Runs inputs through the frozen stages and keeps the result as bytes in a file, so that several runs can share it
 * and one that was stopped goes on where it was.
 *
 * @param name file name; `<name>.json` beside it says what the file was made of and how far it is
 * @param identity everything the inputs depend on; a cache made of something else is made anew
 * @param inputs makes the inputs from `start` on; called in order, so that only one batch is held
 */
export async function cacheFrozen(
  tf: TensorFlow,
  frozen: LayersModel,
  folder: string,
  name: string,
  identity: object,
  count: number,
  inputs: (start: number, size: number) => Promise<Float32Array[]>,
  progress: (done: number) => void,
): Promise<FeatureCache> {
  const [, height = 0, width = 0, channels = 0] = frozen.outputs[0]?.shape as number[];
  const [, inputHeight = 0, inputWidth = 0] = frozen.inputs[0]?.shape as number[];
  const size = height * width * channels;
  await mkdir(folder, { recursive: true });
  const state = join(folder, `${name}.json`);
  const made = JSON.stringify({ ...identity, frozen: await digestOf(frozen), count });
  const before = JSON.parse(await readFile(state, 'utf8').catch(() => '{}')) as {
    made?: string;
    done?: number;
  };
  const kept = before.made === made ? (before.done ?? 0) : 0;
  const file = await open(join(folder, `${name}.u8`), kept > 0 ? 'r+' : 'w+');
  const run = fuse(tf, frozen) ?? ((x: Tensor4D) => [frozen.predict(x) as Tensor4D]);
  const batchSize = 16;
  for (let start = kept; start < count; start += batchSize) {
    const batch = await inputs(start, Math.min(batchSize, count - start));
    const values = tf.tidy(() => {
      const x = tf.stack(batch.map((one) => tf.tensor3d(one, [inputHeight, inputWidth, 1])));
      return (run(x as Tensor4D)[0] as Tensor4D).div(step).round().clipByValue(0, 255).toInt().dataSync();
    });
    await file.write(Uint8Array.from(values), 0, values.length, start * size);
    const done = Math.min(count, start + batchSize);
    await writeFile(state, JSON.stringify({ made, done }));
    progress(done);
  }
  const record = new Uint8Array(size);
  return {
    length: count,
    shape: [height, width, channels],
    close: () => file.close(),
    read: (index, target, offset) => {
      readSync(file.fd, record, 0, size, index * size);
      for (let k = 0; k < size; k++) target[offset + k] = (record[k] ?? 0) * step;
    },
  };
}
