import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelManifest } from '../server/inference/manifest.js';
import { toModelInput } from '../server/inference/preprocess.js';
import { loadTensorFlow } from '../server/inference/tensorflow.js';
import type { Picture } from '../server/inference/types.js';
import { augment } from './augment.js';
import { buildNetwork, readWeights } from './backbone.js';
import { cacheFrozen } from './cache.js';
import { bestEpoch, readCheckpoint, writeCheckpoint } from './checkpoints.js';
import { carveFold, isFrontal, leakedPatients, readManifest, readPicture, type Example } from './dataset.js';
import { finish } from './finish.js';
import { fit, setWeights } from './fit.js';
import { labels, type TrainOptions } from './options.js';
import type { Progress } from './progress.js';
import { createRandom, type Random } from './random.js';
import { saveNetwork } from './save.js';

/** Draws class by class, and within a class source by source by the root of its size. */
export function balancedDraw(
  examples: Example[],
  variants: number,
  random: Random,
): (count: number) => number[] {
  const classes = labels.map((label) => {
    const sources = new Map<string, number[]>();
    examples.forEach((example, index) => {
      if (example.label === label)
        sources.set(example.source, [...(sources.get(example.source) ?? []), index]);
    });
    return [...sources.values()];
  });
  const present = classes.filter((sources) => sources.length > 0);
  return (count) =>
    Array.from({ length: count }, () => {
      const sources = present[random.below(present.length)] ?? [];
      const total = sources.reduce((sum, list) => sum + Math.sqrt(list.length), 0);
      let ticket = random.next() * total;
      const list = sources.find((one) => (ticket -= Math.sqrt(one.length)) < 0) ?? sources[0] ?? [];
      return (list[random.below(list.length)] ?? 0) * variants + random.below(variants);
    });
}

/**
 * Trains the X-ray model from a folder with manifest.csv and writes network, heads and manifest to `options.out`.
 * Only pictures of the training split are read.
 *
 * @throws DomainError USAGE for missing data or start weights, ENGINE_NOT_AVAILABLE without TensorFlow
 */
export async function train(options: TrainOptions, progress: Progress): Promise<ModelManifest> {
  const tf = loadTensorFlow();
  const random = createRandom(options.seed);
  const all = (await readManifest(options.data)).filter(({ split }) => split === 'train');
  const usable = random.shuffle(all.filter((example) => isFrontal(example) && example.label !== null));
  const pictures = options.limit === null ? usable : usable.slice(0, options.limit);
  const { train: training, fold } = carveFold(pictures, 0.12, random);
  const leaked = leakedPatients(training, fold);
  if (leaked.length > 0) throw new Error(`${leaked.length} patients are in training and fold`);
  progress.line(`${training.length} pictures to train on, ${fold.length} in the fold for early stopping`);
  await mkdir(options.run, { recursive: true });
  await writeFile(join(options.run, 'options.json'), JSON.stringify(options, null, 2));

  const start = await readWeights(options.weights);
  const network = buildNetwork(tf, start, { ...options, labels: labels.length, dropout: 0.3, random });
  if (network.initialised.length > 0) progress.line(`initialised afresh: ${network.initialised.join(', ')}`);
  const input: ModelManifest['input'] = {
    width: options.size,
    height: options.size,
    channels: 1,
    range: [-1, 1],
    percentiles: [0.01, 0.01],
    maxAspect: 1.25,
  };
  const done = options.resume ? await bestEpoch(options.run) : null;
  const resumed = options.resume ? await readCheckpoint(options.run) : null;
  if (done && resumed && resumed.epoch >= options.epochs) {
    setWeights(tf, network, (await readCheckpoint(options.run, done.epoch))?.weights ?? resumed.weights);
    progress.line(`all ${options.epochs} epochs are done: fitting the heads again on epoch ${done.epoch}`);
    await saveNetwork(network.whole, options.out);
    return finish(tf, network.whole, { training, fold, all, input }, options, done, random, progress);
  }
  if (resumed) {
    setWeights(tf, network, resumed.weights);
    progress.line(`resumed after epoch ${resumed.epoch}; the optimizer warms up again`);
  }
  const { variants } = options;
  // Augmentation starts from the normalised picture a little larger than the input: a third of the work.
  const margin = Math.round((options.size * 8) / 7);
  const original: Picture[] = [];
  const readOriginals = progress.stage('reading the pictures', training.length);
  for (const { file } of training) {
    const roomy = { ...input, width: margin, height: margin, range: [0, 255] as [number, number] };
    const pixels = Uint8Array.from(toModelInput(await readPicture(file), roomy), Math.round);
    original.push({ width: margin, height: margin, pixels });
    readOriginals(original.length);
  }
  const variant = async (index: number): Promise<Picture> => {
    const which = Math.floor(index / variants);
    const kept = original[which];
    if (index % variants === 0 || !kept) return readPicture(training[which]?.file ?? '');
    return augment(kept, createRandom(options.seed * 7919 + index));
  };
  const cached = await cacheFrozen(
    tf,
    network.frozen,
    input,
    training.length * variants,
    variant,
    progress.stage('frozen stages, training', training.length * variants),
  );
  const foldPicture = (index: number) => readPicture(fold[index]?.file ?? '');
  const foldCache = await cacheFrozen(
    tf,
    network.frozen,
    input,
    fold.length,
    foldPicture,
    progress.stage('frozen stages, fold', fold.length),
  );
  const classOf = (example: Example) => labels.indexOf(example.label ?? '');
  const { best } = await fit(
    tf,
    network,
    {
      train: cached,
      trainLabels: training.flatMap((example) => new Array<number>(variants).fill(classOf(example))),
      draw: balancedDraw(training, variants, random),
      stepsPerEpoch: Math.ceil(training.length / options.batchSize),
      fold: foldCache,
      foldLabels: fold.map(classOf),
    },
    { ...options, labelSmoothing: 0.05, averaging: 0.99, startEpoch: resumed?.epoch ?? 0 },
    async (result, weights) => {
      progress.line(
        `epoch ${result.epoch}/${options.epochs}: loss ${result.trainLoss.toFixed(4)}, fold loss ` +
          `${result.foldLoss.toFixed(4)}, fold accuracy ${result.foldAccuracy.toFixed(4)}, ${result.seconds.toFixed(0)} s`,
      );
      await appendFile(join(options.run, 'log.jsonl'), `${JSON.stringify(result)}\n`);
      await writeCheckpoint(options.run, result.epoch, weights);
    },
  );
  progress.line(`keeping epoch ${best.epoch}: fold loss ${best.foldLoss.toFixed(4)}`);
  await saveNetwork(network.whole, options.out);
  return finish(tf, network.whole, { training, fold, all, input }, options, best, random, progress);
}
