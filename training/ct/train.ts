import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../server/errors.js';
import { quantile, softmax } from '../../server/inference/numbers.js';
import type { CtManifest } from '../../server/inference/slices/manifest.js';
import { loadTensorFlow } from '../../server/inference/tensorflow.js';
import { buildNetwork, readWeights } from '../backbone.js';
import { trainedWeights } from '../blend.js';
import { useFastGradients } from '../fast-gradients.js';
import { setWeights } from '../fit.js';
import { fitTemperature } from '../heads.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import { saveNetwork } from '../save.js';
import { foldsOf, readFigures, type Figure } from './data.js';
import { ctFigures, type CtFigures, type JudgedFigure } from './figures.js';
import { finishCt } from './finish.js';
import { fitPart } from './fit-part.js';
import { ctLabels, type CtTrainOptions } from './options.js';
import { cacheFigures, sliceInputOf } from './prepare.js';

/** What the folds say of these settings: every figure judged by a network that has not seen its document. */
export interface FoldResult {
  temperature: number;
  thresholds: CtManifest['thresholds'];
  figures: CtFigures;
  judged: JudgedFigure[];
}

/**
 * Trains the model of CT slices from a folder with manifest.csv and writes network and manifest to `options.out`. Each
 * of five folds is judged by a network fitted on the other four, for temperature and thresholds and to compare settings;
 * the model is the mean of these networks. Only figures of the training split are read.
 *
 * @returns what the folds say, and the manifest; null with `foldsOnly`
 * @throws DomainError USAGE for missing data or start weights, ENGINE_NOT_AVAILABLE without TensorFlow
 */
export async function trainCt(
  options: CtTrainOptions,
  progress: Progress,
): Promise<{ folds: FoldResult; manifest: CtManifest | null }> {
  const tf = loadTensorFlow();
  useFastGradients(tf);
  const figures = (await readFigures(options.data)).filter(({ split }) => split === 'train');
  if (new Set(figures.map(({ label }) => label)).size < 2)
    throw new DomainError('USAGE', `${options.data} needs figures of both classes in split train`);
  await mkdir(options.run, { recursive: true });
  await writeFile(join(options.run, 'options.json'), JSON.stringify(options, null, 2));
  const foldOf = foldsOf(figures, createRandom(options.seed));
  const weights = await readWeights(options.weights);
  const network = buildNetwork(tf, weights, {
    ...{ labels: ctLabels.length, dropout: 0.3, random: createRandom(options.seed) },
    ...{ size: options.size, frozenBlocks: options.frozenBlocks },
  });
  if (network.initialised.length > 0) progress.line(`initialised afresh: ${network.initialised.join(', ')}`);
  freshLabels(network.trained, options.seed);
  const start = trainedWeights(network);
  const input = sliceInputOf(options.size);
  const cache = await cacheFigures(tf, network, figures, input, options, progress);
  const all = [...figures.keys()];
  const judgedRows = new Map<number, number[]>();
  const networks: Float32Array[][] = [];
  for (let fold = 0; fold < options.networks; fold++) {
    const judging = all.filter((index) => foldOf[index] === fold);
    const training = all.filter((index) => foldOf[index] !== fold);
    const part = { name: `fold-${fold + 1}`, training, judging };
    const rows = await fitPart(tf, network, start, figures, cache, part, options, progress);
    judging.forEach((index, i) => judgedRows.set(index, rows[i] ?? []));
    networks.push(trainedWeights(network));
  }
  await cache.close();
  const folds = judgeFolds(figures, judgedRows);
  await writeFile(join(options.run, 'folds.json'), `${JSON.stringify(folds, null, 2)}\n`);
  if (options.foldsOnly) return { folds, manifest: null };
  setWeights(tf, network, meanOf(networks));
  await saveNetwork(network.whole, options.out);
  const manifest = await finishCt(options, figures, folds, progress);
  return { folds, manifest };

  /** A start from one of our own models brings its labels' weights, which mean nothing here. */
  function freshLabels(trained: typeof network.trained, seed: number): void {
    const random = createRandom(seed + 17);
    tf.tidy(() => {
      const layer = trained.getLayer('logits_map');
      const fresh = layer.getWeights().map((weight) => {
        const size = weight.shape.reduce((product, side) => product * side, 1);
        const values = Float32Array.from({ length: size }, () => 0.03 * random.normal());
        return tf.tensor(values, weight.shape);
      });
      layer.setWeights(fresh);
    });
  }
}

/**
 * The mean of networks fitted from the same start on overlapping figures: as good as their ensemble or nearly so, at the
 * cost of one (Wortsman et al. 2022, arXiv:2203.05482).
 */
function meanOf(networks: readonly Float32Array[][]): Float32Array[] {
  const [first = []] = networks;
  return first.map((values, layer) =>
    values.map((_, i) => networks.reduce((sum, one) => sum + (one[layer]?.[i] ?? 0), 0) / networks.length),
  );
}

/** Temperature, thresholds and figures from logits of networks that have not seen the documents they judge. */
function judgeFolds(figures: readonly Figure[], logits: ReadonlyMap<number, number[]>): FoldResult {
  const indices = [...logits.keys()];
  const truth = indices.map((index) => figures[index]?.label ?? 0);
  const temperature = fitTemperature([...logits.values()], truth);
  const judged = indices.flatMap((index): JudgedFigure[] => {
    const figure = figures[index];
    if (!figure) return [];
    const { name, groupId, label } = figure;
    const [p = 0] = softmax((logits.get(index) ?? []).map((logit) => logit / temperature));
    return [{ name, groupId, label, covidProbability: Number(p.toFixed(6)) }];
  });
  const covid = judged.filter(({ label }) => label === 0).map(({ covidProbability }) => covidProbability);
  const thresholds = { covid: 0.5, screening: Number(quantile(covid, 0.05).toFixed(3)) };
  return { temperature, thresholds, figures: ctFigures(judged, thresholds.covid), judged };
}
