import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { projectRoot } from '../server/runtime.js';
import { trainCt } from '../training/ct/train.js';
import { foldCount, type CtTrainOptions } from '../training/ct/options.js';
import type { Progress } from '../training/progress.js';
import { figureOf } from '../training/report/format.js';
import { whole } from './whole.js';

/** What `train --task ct` does unless told otherwise; chosen on the folds (docs/experiments-ct.md). */
const ctDefaults = { epochs: 8, learningRate: 3e-4, variants: 6, frozenBlocks: 11, mixup: 0.2 };

/** Options of `train` that only `--task ct` reads. */
export function addCtOptions(command: Command): Command {
  return command
    .option('--task <name>', 'cxr: chest X-rays; ct: CT slices, with their own defaults', 'cxr')
    .option('--networks <n>', 'ct: folds to fit and judge, 1 to 5; the model is their mean', whole, foldCount)
    .option('--folds-only', 'ct: only compare settings by the folds, train no model', false);
}

/** Trains the CT model with the options of `train`; those left at their defaults are this task's. */
export async function trainCtCommand(command: Command, progress: Progress): Promise<void> {
  const options = command.opts<
    Omit<CtTrainOptions, 'version' | 'cache' | 'weights'> & {
      modelVersion: string;
      weights?: string;
      cache?: string;
      json: boolean;
    }
  >();
  const byDefault = (name: string) => command.getOptionValueSource(name) === 'default';
  const given = (name: keyof typeof ctDefaults) => (byDefault(name) ? ctDefaults[name] : options[name]);
  const data = resolve(options.data);
  const run = byDefault('run') ? join(projectRoot(), 'runs/ct') : resolve(options.run);
  const { folds, manifest } = await trainCt(
    {
      data,
      run,
      weights: resolve(options.weights ?? join(data, '../weights/mobilenet_v1_1.0_224')),
      out: byDefault('out') ? join(projectRoot(), 'runs/ct-model') : resolve(options.out),
      cache: resolve(options.cache ?? run),
      version: options.modelVersion,
      epochs: given('epochs'),
      batchSize: options.batchSize,
      learningRate: given('learningRate'),
      variants: given('variants'),
      frozenBlocks: given('frozenBlocks'),
      size: options.size,
      mixup: given('mixup'),
      seed: options.seed,
      resume: options.resume,
      networks: Math.min(foldCount, Math.max(1, options.networks)),
      foldsOnly: options.foldsOnly,
    },
    progress,
  );
  const { accuracy, areaUnderRoc } = folds.figures;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ temperature: folds.temperature, figures: folds.figures })}\n`
      : `${manifest ? `${manifest.id} ${manifest.version}: ` : ''}folds: accuracy ${figureOf(accuracy)}, ` +
          `AUC ${figureOf(areaUnderRoc)}\n`,
  );
}
