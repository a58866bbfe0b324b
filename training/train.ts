import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../server/errors.js';
import type { Heads, ModelManifest } from '../server/inference/manifest.js';
import { toModelInput } from '../server/inference/preprocess.js';
import { applyHead } from '../server/inference/interpret.js';
import { dot, mean, quantile, softmax } from '../server/inference/numbers.js';
import { loadTensorFlow } from '../server/inference/tensorflow.js';
import type { Picture } from '../server/inference/types.js';
import { augment, unsuitable, unsuitableKinds } from './augment.js';
import { buildNetwork, readWeights } from './backbone.js';
import { cacheFrozen } from './cache.js';
import {
  carveFold,
  isFrontal,
  leakedPatients,
  parseCsv,
  readManifest,
  readPicture,
  type Example,
} from './dataset.js';
import { fit, setWeights } from './fit.js';
import * as fitting from './heads.js';
import type { Progress } from './progress.js';
import { createRandom, type Random } from './random.js';
import { saveManifest, saveNetwork } from './save.js';
import type { LayersModel, Tensor } from './tf-types.js';

export interface TrainOptions {
  data: string;
  weights: string;
  out: string;
  run: string;
  version: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  variants: number;
  frozenBlocks: number;
  size: number;
  seed: number;
  /** Use only this many training pictures; for trying out. */
  limit: number | null;
  resume: boolean;
}

export const labels = ['COVID', 'NORMAL', 'PNEUMONIA'];
const suitabilityLabels = ['FRONTAL', 'LATERAL', 'ROTATED', 'NOT_CHEST'];

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
  const resumed = options.resume ? await latestCheckpoint(options.run) : null;
  if (resumed) {
    setWeights(tf, network, resumed.weights);
    progress.line(`resumed after epoch ${resumed.epoch}; the optimizer warms up again`);
  }
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
  return finish(network.whole, { training, fold, all, input });

  /** Fits everything that comes after the network, on the network as it is served. */
  async function finish(
    whole: LayersModel,
    sets: { training: Example[]; fold: Example[]; all: Example[]; input: ModelManifest['input'] },
  ): Promise<ModelManifest> {
    const run = async (batch: Picture[]) => {
      const outputs = tf.tidy(() => {
        const x = tf.stack(
          batch.map((one) => tf.tensor3d(toModelInput(one, sets.input), [input.height, input.width, 1])),
        );
        return (whole.predict(x) as Tensor[]).map((tensor) => tensor.arraySync());
      });
      const [maps, vectors] = outputs as [number[][][][], number[][]];
      return batch.map((_, i) => {
        const cells = (maps[i] ?? []).flat();
        return {
          logits: labels.map((_label, k) => mean(cells.map((cell) => cell[k] ?? 0))),
          features: vectors[i] ?? [],
        };
      });
    };
    const through = async (name: string, count: number, picture: (index: number) => Promise<Picture>) => {
      const report = progress.stage(name, count);
      const results: Awaited<ReturnType<typeof run>> = [];
      for (let from = 0; from < count; from += 16) {
        const size = Math.min(16, count - from);
        results.push(
          ...(await run(await Promise.all(Array.from({ length: size }, (_, i) => picture(from + i))))),
        );
        report(results.length);
      }
      return results;
    };
    const read = (list: Example[]) => (index: number) => readPicture(list[index]?.file ?? '');
    const trained = await through('features, training', sets.training.length, read(sets.training));
    const held = await through('features, fold', sets.fold.length, read(sets.fold));
    const laterals = sets.all.filter((example) => !isFrontal(example));
    const side = await through('features, lateral', laterals.length * 4, async (index) => {
      const picture = await readPicture(laterals[index >> 2]?.file ?? '');
      return (index & 3) === 0 ? picture : augment(picture, createRandom(index));
    });
    const slices = await ctSlices(options.data, 200, random);
    const other = await through('features, CT slices', slices.length, (index) =>
      readPicture(slices[index] ?? ''),
    );
    const madeFrom = (list: Example[], seed: number) => (index: number) =>
      readPicture(list[(index * 7) % list.length]?.file ?? '').then((picture) => {
        const kind = unsuitableKinds[index % unsuitableKinds.length] ?? 'noise';
        return unsuitable(picture, kind, createRandom(seed + index)).picture;
      });
    const kindLabel = (index: number) => (index % unsuitableKinds.length < 3 ? 'ROTATED' : 'NOT_CHEST');
    const made = await through(
      'features, unsuitable',
      Math.min(1050, sets.training.length),
      madeFrom(sets.training, 11),
    );

    const scale = fitting.standardisation(trained.map(({ features }) => features));
    const std = (list: { features: number[] }[]) =>
      fitting.standardise(
        list.map(({ features }) => features),
        scale,
      );
    const [trainX, foldX, sideX, otherX, madeX] = [trained, held, side, other, made].map(std) as [
      number[][],
      number[][],
      number[][],
      number[][],
      number[][],
    ];
    const suitX = [...trainX, ...sideX, ...otherX, ...madeX];
    const suitY = [
      ...trainX.map(() => 'FRONTAL'),
      ...sideX.map(() => 'LATERAL'),
      ...otherX.map(() => 'NOT_CHEST'),
      ...madeX.map((_, index) => kindLabel(index)),
    ].map((label) => suitabilityLabels.indexOf(label));
    const frequency = suitabilityLabels.map((_, k) => suitY.filter((y) => y === k).length || 1);
    const weights = suitY.map((y) => suitX.length / (suitabilityLabels.length * (frequency[y] ?? 1)));
    progress.line('fitting the heads');
    const suitability = fitting.fitLogistic(tf, suitX, suitY, suitabilityLabels.length, {
      weights,
      penalty: 3e-4,
      steps: 400,
    });
    const unsuitableness = foldX.map((row) => 1 - (softmax(applyHead(suitability, row))[0] ?? 0));
    const distance = fitting.principalComponents(tf, trainX, 24, random);
    const distances = foldX.map((row) =>
      Math.sqrt(
        mean(
          distance.components.map((component, i) => dot(component, row) ** 2 / (distance.variance[i] ?? 1)),
        ),
      ),
    );
    const temperature = fitting.fitTemperature(
      held.map(({ logits }) => logits),
      sets.fold.map(classOf),
    );
    const truth = sets.training.map(classOf);
    const ensemble = Array.from({ length: 12 }, () => {
      const sample = Array.from({ length: trainX.length }, () => random.below(trainX.length));
      return fitting.fitLogistic(
        tf,
        sample.map((i) => trainX[i] ?? []),
        sample.map((i) => truth[i] ?? 0),
        labels.length,
        { penalty: 2e-3, steps: 200 },
      );
    });
    const graded = [...sets.training, ...sets.fold].flatMap((example, i) =>
      example.zones === null
        ? []
        : [{ x: [...trainX, ...foldX][i] ?? [], zones: example.zones, patient: example.patientId }],
    );
    const severity =
      graded.length < 20
        ? null
        : fitting.fitSeverity(
            graded.map(({ x }) => x),
            graded.map(({ zones }) => zones),
            graded.map(({ patient }) => patient),
          );
    const heads: Heads = {
      ...scale,
      suitability: {
        labels: suitabilityLabels,
        ...suitability,
        threshold: Math.max(0.5, quantile(unsuitableness, 0.99)),
      },
      distance: { ...distance, threshold: Number((quantile(distances, 0.995) * 1.1).toFixed(4)) },
      ensemble,
      severity: severity?.head ?? null,
    };
    const manifest = await saveManifest(
      options.out,
      {
        format: 1,
        id: 'cxr-mobilenet-v1',
        version: options.version,
        task: 'cxr-triage',
        labels,
        input: sets.input,
        temperature,
        trainingData: `${sets.training.length} frontal films, ${sets.fold.length} more for early stopping and calibration`,
        licence: 'Apache-2.0',
        createdAt: new Date().toISOString(),
      },
      heads,
    );
    const summary = {
      options: { ...options, data: undefined, weights: undefined, out: undefined, run: undefined },
      pictures: { training: sets.training.length, fold: sets.fold.length },
      best,
      temperature,
      severityCrossValidation: severity && {
        films: severity.films,
        meanAbsoluteError: severity.meanAbsoluteError,
        correlation: severity.correlation,
      },
    };
    await writeFile(join(options.out, 'training.json'), `${JSON.stringify(summary, null, 2)}\n`);
    return manifest;
  }
}

/** CT slices of the training split beside the films, if they are there: pictures an X-ray model must refuse. */
async function ctSlices(data: string, count: number, random: Random): Promise<string[]> {
  const folder = join(data, '../ct');
  if (!existsSync(join(folder, 'manifest.csv'))) return [];
  const rows = parseCsv(await readFile(join(folder, 'manifest.csv'), 'utf8')).filter(
    ({ split }) => split === 'train',
  );
  return random
    .shuffle(rows)
    .slice(0, count)
    .map(({ image }) => join(folder, 'images', image ?? ''));
}

async function writeCheckpoint(folder: string, epoch: number, weights: Float32Array[]): Promise<void> {
  const header = Buffer.from(JSON.stringify(weights.map(({ length }) => length)));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(header.length);
  const parts = weights.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  await writeFile(
    join(folder, `epoch-${String(epoch).padStart(3, '0')}.ckpt`),
    Buffer.concat([size, header, ...parts]),
  );
}

async function latestCheckpoint(folder: string): Promise<{ epoch: number; weights: Float32Array[] } | null> {
  const name = (await readdir(folder))
    .filter((file) => file.endsWith('.ckpt'))
    .sort()
    .at(-1);
  if (name === undefined) return null;
  const bytes = await readFile(join(folder, name));
  const size = bytes.readUInt32LE(0);
  const lengths = JSON.parse(bytes.subarray(4, 4 + size).toString()) as number[];
  let offset = 4 + size;
  const weights = lengths.map((length) => {
    const values = Float32Array.from({ length }, (_, i) => bytes.readFloatLE(offset + i * 4));
    offset += length * 4;
    return values;
  });
  const epoch = Number(/\d+/.exec(name)?.[0]);
  if (!Number.isInteger(epoch)) throw new DomainError('USAGE', `${name} is not a checkpoint`);
  return { epoch, weights };
}
