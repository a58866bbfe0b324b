import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyHead } from '../server/inference/interpret.js';
import type { Heads, ModelManifest } from '../server/inference/manifest.js';
import { dot, mean, quantile, softmax } from '../server/inference/numbers.js';
import { toModelInput } from '../server/inference/preprocess.js';
import type { TensorFlow } from '../server/inference/tensorflow.js';
import type { Picture } from '../server/inference/types.js';
import { augment, unsuitable, unsuitableKinds } from './augment.js';
import { isFrontal, parseCsv, readPicture, type Example } from './dataset.js';
import type { EpochResult } from './fit.js';
import * as fitting from './heads.js';
import { labels, type TrainOptions } from './options.js';
import type { Progress } from './progress.js';
import { createRandom, type Random } from './random.js';
import { saveManifest } from './save.js';
import type { LayersModel, Tensor } from './tf-types.js';

/** Lowest Brixia score of level 2 and of level 3. */
const severityCutPoints: [number, number] = [7, 13];
const suitabilityLabels = ['FRONTAL', 'LATERAL', 'ROTATED', 'NOT_CHEST'];

/**
 * Fits everything that comes after the network, on the network as it is served: temperature and thresholds on the
 * fold, the rest on the training pictures; writes heads and manifest beside the network.
 */
export async function finish(
  tf: TensorFlow,
  whole: LayersModel,
  sets: { training: Example[]; fold: Example[]; all: Example[]; input: ModelManifest['input'] },
  options: TrainOptions,
  best: EpochResult,
  random: Random,
  progress: Progress,
): Promise<ModelManifest> {
  const { input } = sets;
  const classOf = (example: Example) => labels.indexOf(example.label ?? '');
  const run = async (batch: Picture[]) => {
    const outputs = tf.tidy(() => {
      const x = tf.stack(
        batch.map((one) => tf.tensor3d(toModelInput(one, input), [input.height, input.width, 1])),
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
  // Moved and re-exposed films are suitable, too: else the gate would learn the traces of augmentation.
  const moved = await through('features, moved films', Math.min(800, sets.training.length), (index) =>
    readPicture(sets.training[(index * 3) % sets.training.length]?.file ?? '').then((picture) =>
      augment(picture, createRandom(50_000 + index)),
    ),
  );
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
  const [trainX, foldX, movedX, sideX, otherX, madeX] = [trained, held, moved, side, other, made].map(
    std,
  ) as [number[][], number[][], number[][], number[][], number[][], number[][]];
  const suitX = [...trainX, ...movedX, ...sideX, ...otherX, ...madeX];
  const suitY = [
    ...trainX.map(() => 'FRONTAL'),
    ...movedX.map(() => 'FRONTAL'),
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
      mean(distance.components.map((component, i) => dot(component, row) ** 2 / (distance.variance[i] ?? 1))),
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
    suitability: { labels: suitabilityLabels, ...suitability },
    distance,
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
      thresholds: {
        unsuitability: Math.max(0.5, quantile(unsuitableness, 0.99)),
        distance: Number((quantile(distances, 0.995) * 1.1).toFixed(4)),
        severity: severity && severityCutPoints,
      },
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
