import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelManifest } from '../server/inference/manifest.js';
import { loadTensorFlow, type TensorFlow } from '../server/inference/tensorflow.js';
import { areaUnderCurve } from './auc.js';
import { buildNetwork, readWeights, type Network } from './backbone.js';
import { blendWithStart, trainedWeights } from './blend.js';
import { bestEpoch, readCheckpoint, writeCheckpoint } from './checkpoints.js';
import type { Example } from './dataset.js';
import { useFastGradients } from './fast-gradients.js';
import { finish } from './finish.js';
import { fit, judgeFold, setWeights, type Fitted } from './fit.js';
import { labels, type TrainOptions } from './options.js';
import { cachePlain, cacheTraining, prepareSets, type Sets } from './prepare.js';
import type { Progress } from './progress.js';
import { createRandom, type Random } from './random.js';

/** Draws class by class, and within a class source by source by the root of its size, in any of the variants. */
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
      return random.below(variants) * examples.length + (list[random.below(list.length)] ?? 0);
    });
}

const classOf = (example: Example) => labels.indexOf(example.label ?? '');

/**
 * Trains the X-ray model from a folder with manifest.csv and writes network, heads and manifest to `options.out`.
 * Only pictures of the training split are read.
 *
 * @throws DomainError USAGE for missing data or start weights, ENGINE_NOT_AVAILABLE without TensorFlow
 */
export async function train(options: TrainOptions, progress: Progress): Promise<ModelManifest> {
  const tf = loadTensorFlow();
  useFastGradients(tf);
  const random = createRandom(options.seed);
  const sets = await prepareSets(options, random);
  const { training, fold } = sets;
  progress.line(`${training.length} pictures to train on, ${fold.length} in the fold for early stopping`);
  await mkdir(options.run, { recursive: true });
  await writeFile(join(options.run, 'options.json'), JSON.stringify(options, null, 2));

  const start = await readWeights(options.weights);
  const network = buildNetwork(tf, start, { ...options, labels: labels.length, dropout: 0.3, random });
  if (network.initialised.length > 0) progress.line(`initialised afresh: ${network.initialised.join(', ')}`);
  const fitted = await fitOrResume(tf, network, sets, options, progress);
  await judgeHeldOut(tf, network, sets, options, progress);
  return finish(tf, network, sets, options, fitted, random, progress);
}

/** Fits the network, from the last checkpoint if asked; leaves the best weights in it. */
async function fitOrResume(
  tf: TensorFlow,
  network: Network,
  sets: Sets,
  options: TrainOptions,
  progress: Progress,
): Promise<Fitted> {
  const { training, fold, input } = sets;
  const start = network.continued ? trainedWeights(network) : null;
  const foldCache = await cachePlain(tf, network, 'fold', fold, input, options, progress);
  const done = options.resume ? await bestEpoch(options.run) : null;
  const resumed = options.resume ? await readCheckpoint(options.run) : null;
  let best = done;
  if (resumed) {
    setWeights(tf, network, resumed.weights);
    progress.line(`resumed after epoch ${resumed.epoch}; the optimizer warms up again`);
  }
  if ((resumed?.epoch ?? 0) < options.epochs) {
    const { variants } = options;
    const cached = await cacheTraining(tf, network, sets, options, progress);
    const order = createRandom((options.orderSeed ?? options.seed) + 1000 * (resumed?.epoch ?? 0));
    const fitted = await fit(
      tf,
      network,
      {
        train: cached,
        trainLabels: Array.from({ length: variants }, () => training.map(classOf)).flat(),
        draw: balancedDraw(training, variants, order),
        stepsPerEpoch: Math.ceil(training.length / options.batchSize),
        fold: foldCache,
        foldLabels: fold.map(classOf),
      },
      { ...options, labelSmoothing: 0.05, averaging: 0.99, startEpoch: resumed?.epoch ?? 0 },
      order,
      async (result, weights) => {
        progress.line(
          `epoch ${result.epoch}/${options.epochs}: loss ${result.trainLoss.toFixed(4)}, fold loss ` +
            `${result.foldLoss.toFixed(4)}, fold accuracy ${result.foldAccuracy.toFixed(4)}, ` +
            `${result.seconds.toFixed(0)} s, ${result.stepsPerSecond.toFixed(2)} steps/s`,
        );
        await appendFile(join(options.run, 'log.jsonl'), `${JSON.stringify(result)}\n`);
        await writeCheckpoint(options.run, result.epoch, weights);
      },
    );
    await cached.close();
    if (best === null || fitted.foldLoss < best.foldLoss) best = fitted;
  } else progress.line(`all ${options.epochs} epochs are done: fitting the heads again`);
  if (best === null) throw new Error('the run has a checkpoint but no log');
  const checkpoint = await readCheckpoint(options.run, best.epoch);
  if (checkpoint) setWeights(tf, network, checkpoint.weights);
  progress.line(`keeping epoch ${best.epoch}: fold loss ${best.foldLoss.toFixed(4)}`);
  let blend: Fitted['blend'] = null;
  if (start !== null) {
    blend = blendWithStart(tf, network, start, best, foldCache, fold.map(classOf));
    progress.line(`between the start and this epoch: ${JSON.stringify(blend)}`);
  }
  await foldCache.close();
  return { best, blend };
}

/** Says how well COVID is told from normal at the sources that were kept out, if any were. */
async function judgeHeldOut(
  tf: TensorFlow,
  network: Network,
  { heldOut, input }: Sets,
  options: TrainOptions,
  progress: Progress,
): Promise<void> {
  if (heldOut.length === 0) return;
  const cache = await cachePlain(tf, network, 'held-out', heldOut, input, options, progress);
  const { logits, accuracy } = judgeFold(tf, network, cache, heldOut.map(classOf));
  await cache.close();
  const scores = (label: string) =>
    logits.flatMap((row, i) => (heldOut[i]?.label === label ? [(row[0] ?? 0) - (row[1] ?? 0)] : []));
  const auc = areaUnderCurve(scores('COVID'), scores('NORMAL'));
  const result = { sources: options.holdOut, films: heldOut.length, accuracy, covidAgainstNormal: auc };
  progress.line(`sources never seen: ${JSON.stringify(result)}`);
  await writeFile(join(options.run, 'held-out.json'), `${JSON.stringify(result, null, 2)}\n`);
}
