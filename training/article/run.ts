import { mkdir, readFile, rename, rm, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTensorFlow, type TensorFlow } from '../../server/inference/tensorflow.js';
import { DomainError } from '../../server/errors.js';
import { readCheckpoint, writeCheckpoint } from '../checkpoints.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import { loadWeights } from '../weights/index.js';
import { kerasAdam, type Adam } from './adam.js';
import { readProtocol, readSquare, stratifiedSplit, type ArticlePicture } from './data.js';
import { judge, predict, trainEpoch, type EpochFigures, type Squares } from './fit.js';
import { buildArticleNetwork, variablesOf, type ArticleNetwork } from './network.js';
import { articleSettings, type ArticleOptions } from './options.js';
import { articleReport, type ArticleReport } from './report.js';
import { saveLayersModel } from './save.js';
import { writeReport } from './write.js';

export interface Epoch {
  epoch: number;
  train: EpochFigures;
  validation: EpochFigures;
  seconds: number;
}

/**
 * Does the article's experiment and writes its outputs into the run folder.
 *
 * @param stop when aborted, the epoch in hand is the last, and the report is of what is done; the run can be resumed
 * @throws DomainError USAGE for missing data or weights that do not fit, ENGINE_NOT_AVAILABLE without TensorFlow
 */
export async function runArticle(
  options: ArticleOptions,
  progress: Progress,
  stop?: AbortSignal,
): Promise<ArticleReport> {
  const tf = loadTensorFlow();
  const { size, seed, epochs, batchSize } = options;
  const protocol = await readProtocol(options.data);
  const { train, validation } = stratifiedSplit(protocol.train, 0.2, createRandom(seed));
  const parts = { train, validation, test: protocol.test };
  const stepsPerEpoch = Math.floor(train.length / batchSize);
  if (stepsPerEpoch === 0)
    throw new DomainError('USAGE', `${train.length} pictures do not fill a batch of ${batchSize}`);
  await mkdir(options.run, { recursive: true });
  await keepOptions(options);

  const network = buildArticleNetwork(tf, options.backbone, options);
  const start =
    options.weights === null ? null : await loadWeights(tf, network.base, options.weights, options);
  if (start && start.initialised.length > 0)
    progress.line(`initialised afresh: ${start.initialised.join(', ')}`);
  const adam = kerasAdam(tf, variablesOf(network.logits.trainableWeights));
  const history = options.resume ? await resume(tf, network, adam, options, stepsPerEpoch) : [];
  if (history.length > 0) progress.line(`resumed after epoch ${history.length}`);
  if (history.length === 0) await clear(options.run);

  const squares = {
    train: await readAll(tf, train, size),
    validation: await readAll(tf, validation, size),
    test: await readAll(tf, protocol.test, size),
  };
  progress.line(
    `${options.backbone}, ${network.whole.countParams()} parameters: ${train.length} pictures to train on, ` +
      `${validation.length} to validate, ${protocol.test.length} for the end; ${stepsPerEpoch} steps an epoch`,
  );
  const bar = progress.stage('training', (epochs - history.length) * stepsPerEpoch);
  const decay = options.learningRate / epochs;
  const began = Date.now();
  const first = history.length;
  for (let epoch = first + 1; epoch <= epochs && !stop?.aborted; epoch++) {
    const started = Date.now();
    const settings = {
      size,
      batchSize,
      seed: seed * 7919 + epoch,
      rate: (step: number) => options.learningRate / (1 + decay * ((epoch - 1) * stepsPerEpoch + step)),
    };
    const trained = await trainEpoch(tf, network, adam, squares.train, settings, (step) =>
      bar((epoch - 1 - first) * stepsPerEpoch + step),
    );
    const judged = judge(predict(tf, network, squares.validation, size), squares.validation.labels);
    const seconds = (Date.now() - started) / 1000;
    history.push({ epoch, train: trained, validation: judged, seconds });
    await keep(network, adam, options.run, history);
    const left = ((Date.now() - began) / (epoch - first)) * (epochs - epoch);
    progress.line(
      `epoch ${epoch}/${epochs}: loss ${trained.loss.toFixed(4)}, accuracy ${trained.accuracy.toFixed(4)}, ` +
        `validation loss ${judged.loss.toFixed(4)}, accuracy ${judged.accuracy.toFixed(4)}, ` +
        `${seconds.toFixed(0)} s, about ${Math.ceil(left / 60_000)} min left`,
    );
  }
  const report = articleReport(options, {
    parameters: network.whole.countParams(),
    initialised: start?.initialised ?? [],
    history,
    parts,
    validation: predict(tf, network, squares.validation, size),
    test: predict(tf, network, squares.test, size),
  });
  await saveLayersModel(network.whole, join(options.run, 'model'));
  await writeReport(report, options.run);
  return report;
}

async function readAll(tf: TensorFlow, pictures: ArticlePicture[], size: number): Promise<Squares> {
  const pixels: Float32Array[] = [];
  for (const { file } of pictures) pixels.push(await readSquare(tf, file, size));
  return { pixels, labels: pictures.map(({ label }) => label) };
}

const optionsFile = (run: string) => join(run, 'options.json');
const logFile = (run: string) => join(run, 'log.jsonl');

/** @throws DomainError USAGE when a run is resumed with other settings than it began with */
async function keepOptions(options: ArticleOptions): Promise<void> {
  const { run } = options;
  if (options.resume) {
    const text = await readFile(optionsFile(run), 'utf8').catch(() => null);
    const before = text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    const changed = Object.entries(articleSettings(options)).filter(
      ([name, value]) => before !== null && before[name] !== value,
    );
    if (changed.length > 0) {
      const list = changed.map(([name, value]) => `${name} was ${before?.[name]}, is ${value}`).join('; ');
      throw new DomainError('USAGE', `${run} cannot be resumed with other settings: ${list}`);
    }
  }
  await writeFile(optionsFile(run), `${JSON.stringify(options, null, 2)}\n`);
}

async function clear(run: string): Promise<void> {
  const old = (await readdir(run)).filter((name) => name.endsWith('.ckpt'));
  await Promise.all([...old, 'log.jsonl'].map((name) => rm(join(run, name), { force: true })));
}

/** Puts weights, moving moments and Adam's moments of the last checkpoint in place; returns the epochs done. */
async function resume(
  tf: TensorFlow,
  network: ArticleNetwork,
  adam: Adam,
  { run }: ArticleOptions,
  stepsPerEpoch: number,
): Promise<Epoch[]> {
  const saved = await readCheckpoint(run);
  if (!saved) return [];
  const variables = variablesOf(network.whole.weights);
  tf.tidy(() =>
    variables.forEach((variable, i) => variable.assign(tf.tensor(saved.weights[i] ?? [], variable.shape))),
  );
  adam.restore(saved.weights.slice(variables.length), saved.epoch * stepsPerEpoch);
  const log = (await readFile(logFile(run), 'utf8')).split('\n').filter((line) => line !== '');
  return log.slice(0, saved.epoch).map((line) => JSON.parse(line) as Epoch);
}

/** Writes log and checkpoint so that a run that dies here goes on from this epoch or the one before. */
async function keep(network: ArticleNetwork, adam: Adam, run: string, history: Epoch[]): Promise<void> {
  await writeFile(logFile(run), history.map((epoch) => `${JSON.stringify(epoch)}\n`).join(''));
  const weights = variablesOf(network.whole.weights).map((variable) =>
    Float32Array.from(variable.dataSync()),
  );
  const unfinished = join(run, 'unfinished');
  await mkdir(unfinished, { recursive: true });
  await writeCheckpoint(unfinished, history.length, [...weights, ...adam.state()]);
  const before = (await readdir(run)).filter((name) => name.endsWith('.ckpt'));
  for (const name of await readdir(unfinished)) await rename(join(unfinished, name), join(run, name));
  await rm(unfinished, { recursive: true });
  const now = (await readdir(run)).filter((name) => name.endsWith('.ckpt')).sort();
  const last = now.at(-1);
  await Promise.all(before.filter((name) => name !== last).map((name) => rm(join(run, name))));
}
