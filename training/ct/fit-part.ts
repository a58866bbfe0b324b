import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorFlow } from '../../server/inference/tensorflow.js';
import type { Network } from '../backbone.js';
import { trainedWeights } from '../blend.js';
import type { FeatureCache } from '../cache.js';
import { readCheckpoint, writeCheckpoint } from '../checkpoints.js';
import { fit, judgeFold, setWeights } from '../fit.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import { drawByGroup, type Figure } from './data.js';
import type { CtTrainOptions } from './options.js';
import { someOf } from './prepare.js';

/** One fit: on which figures, and which judge it. */
export interface Part {
  name: string;
  training: number[];
  judging: number[];
}

/**
 * Fits the network on a part for the given number of epochs, from its last checkpoint if asked; leaves the running mean
 * of the last epoch in it. No epoch is chosen: with a few dozen documents to choose by, the choice would be noise.
 *
 * @param start weights to begin with
 * @returns logits of the judging figures, in their order
 */
export async function fitPart(
  tf: TensorFlow,
  network: Network,
  start: Float32Array[],
  figures: readonly Figure[],
  cache: FeatureCache,
  { name, training, judging }: Part,
  options: CtTrainOptions,
  progress: Progress,
): Promise<number[][]> {
  const folder = join(options.run, name);
  await mkdir(folder, { recursive: true });
  const resumed = options.resume ? await readCheckpoint(folder) : null;
  const done = resumed?.epoch ?? 0;
  setWeights(tf, network, resumed?.weights ?? start);
  if (resumed) progress.line(`${name}: resumed after epoch ${done}`);
  const labels = figures.map(({ label }) => label);
  const judge = someOf(cache, judging);
  const judgeLabels = judging.map((index) => labels[index] ?? 0);
  if (done < options.epochs) {
    const order = createRandom(options.seed + 1000 * done + training.length);
    let last = trainedWeights(network);
    await fit(
      tf,
      network,
      {
        train: cache,
        trainLabels: Array.from({ length: options.variants }, () => labels).flat(),
        draw: drawByGroup(figures, training, options.variants, order),
        stepsPerEpoch: Math.ceil(training.length / options.batchSize),
        fold: judge,
        foldLabels: judgeLabels,
      },
      { ...options, labelSmoothing: 0.05, averaging: 0.98, startEpoch: done },
      order,
      async (result, weights) => {
        last = weights;
        progress.line(
          `${name}, epoch ${result.epoch}/${options.epochs}: loss ${result.trainLoss.toFixed(4)}, judged loss ` +
            `${result.foldLoss.toFixed(4)}, accuracy ${result.foldAccuracy.toFixed(4)}, ${result.seconds.toFixed(0)} s`,
        );
        await appendFile(join(folder, 'log.jsonl'), `${JSON.stringify(result)}\n`);
        await writeCheckpoint(folder, result.epoch, weights);
      },
    );
    setWeights(tf, network, last);
  }
  return judgeFold(tf, network, judge, judgeLabels).logits;
}

/** Epochs that a part has logged, for the record of the training. */
export async function loggedEpochs(run: string, name: string): Promise<unknown[]> {
  const text = await readFile(join(run, name, 'log.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
