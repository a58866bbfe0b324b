import type { LungAtlas } from '../server/inference/lung-box.js';
import type { ModelManifest } from '../server/inference/manifest.js';
import { toModelInput } from '../server/inference/preprocess.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import { buildAtlas } from './atlas.js';
import type { Network } from './backbone.js';
import { cacheFrozen, digestOfFiles, joined, type FeatureCache } from './cache.js';
import { carveFold, isFrontal, leakedPatients, readManifest, readPicture, type Example } from './dataset.js';
import type { TrainOptions } from './options.js';
import type { Progress } from './progress.js';
import { createRandom, type Random } from './random.js';
import { variedInput } from './vary.js';

/** The pictures of one run, by what they are for. */
export interface Sets {
  training: Example[];
  /** For early stopping, calibration and every choice; never trained on. */
  fold: Example[];
  /** Films of sources that were kept out. */
  heldOut: Example[];
  /** Everything of the training split, lateral films and other diseases too. */
  all: Example[];
  input: ModelManifest['input'];
  lungs: LungAtlas;
}

/**
 * Reads the training split, carves the fold out of it and makes the lung atlas.
 *
 * @throws DomainError USAGE when the folder has no usable manifest.csv
 */
export async function prepareSets(options: TrainOptions, random: Random): Promise<Sets> {
  const split = (await readManifest(options.data)).filter((example) => example.split === 'train');
  const all = split.filter(({ source }) => !options.holdOut.includes(source));
  const usable = (list: Example[]) =>
    random.shuffle(list.filter((example) => isFrontal(example) && example.label !== null));
  const pictures = usable(all).slice(0, options.limit ?? undefined);
  const { train: training, fold } = carveFold(pictures, 0.12, random);
  const leaked = leakedPatients(training, fold);
  if (leaked.length > 0) throw new Error(`${leaked.length} patients are in training and fold`);
  const heldOut = usable(split.filter(({ source }) => options.holdOut.includes(source)));
  const input: ModelManifest['input'] = {
    width: options.size,
    height: options.size,
    channels: 1,
    range: [-1, 1],
    percentiles: [0.01, 0.01],
    maxAspect: 1.25,
  };
  const some = training.filter((_, index) => index % Math.ceil(training.length / 600) === 0);
  const lungs = buildAtlas(await Promise.all(some.map(({ file }) => readPicture(file))));
  return { training, fold, heldOut, all, input, lungs };
}

/**
 * Caches the frozen stages' output for `variants` versions of every training picture, the first as it is served.
 * Each version has a file of its own, so that a run can ask for more of them later; index `v * pictures + i`.
 */
export async function cacheTraining(
  tf: TensorFlow,
  network: Network,
  { training, input }: Sets,
  options: TrainOptions,
  progress: Progress,
): Promise<FeatureCache> {
  const { seed } = options;
  const count = training.length;
  const parts: FeatureCache[] = [
    await cachePlain(tf, network, 'training', training, input, options, progress),
  ];
  for (let variant = 1; variant < options.variants; variant++) {
    const make = async (index: number) => {
      const picture = await readPicture(training[index]?.file ?? '');
      return variedInput(picture, input, createRandom(seed * 7919 + variant * count + index));
    };
    parts.push(
      await cacheFrozen(
        tf,
        network.frozen,
        options.cache,
        `training-${variant}`,
        { files: digestOfFiles(training), input, variant, seed },
        count,
        (start, size) => Promise.all(Array.from({ length: size }, (_, i) => make(start + i))),
        progress.stage(`frozen stages, variant ${variant}`, count),
      ),
    );
  }
  return joined(parts);
}

/** Caches the frozen stages' output for pictures as they are served. */
export function cachePlain(
  tf: TensorFlow,
  network: Network,
  name: string,
  examples: Example[],
  input: ModelManifest['input'],
  options: TrainOptions,
  progress: Progress,
): Promise<FeatureCache> {
  return cacheFrozen(
    tf,
    network.frozen,
    options.cache,
    name,
    { files: digestOfFiles(examples), input },
    examples.length,
    (start, size) =>
      Promise.all(
        examples
          .slice(start, start + size)
          .map(async ({ file }) => toModelInput(await readPicture(file), input)),
      ),
    progress.stage(`frozen stages, ${name}`, examples.length),
  );
}
