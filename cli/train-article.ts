import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { DomainError } from '../server/errors.js';
import { projectRoot } from '../server/runtime.js';
import { articleDefaults } from '../training/article/options.js';
import { runArticle } from '../training/article/run.js';
import { backboneName, backboneNames } from '../training/backbones/index.js';
import type { Progress } from '../training/progress.js';
import { untilSignal } from './until-signal.js';

/** Options of `train` that only `--protocol article` reads. */
export function addArticleOptions(command: Command): Command {
  return command
    .option('--protocol <name>', 'article: the experiment of the original write-up, with its own settings')
    .option('--backbone <name>', `article: ${backboneNames.join(', ')}`, 'inceptionv3')
    .option('--freeze-base', 'article: train the head alone', false)
    .option('--initialise-missing', 'article: begin afresh the layers that the start weights lack', false)
    .option('--alpha <factor>', 'article: width of mobilenet and mobilenetv2', Number, 1);
}

/**
 * Runs the article's experiment with the options of `train`; those left at their defaults are the article's.
 *
 * @throws DomainError USAGE for an unknown protocol or backbone
 */
export async function trainArticle(command: Command, progress: Progress): Promise<void> {
  const options = command.opts<{
    protocol: string;
    data: string;
    weights?: string;
    run: string;
    backbone: string;
    freezeBase: boolean;
    initialiseMissing: boolean;
    alpha: number;
    epochs: number;
    batchSize: number;
    learningRate: number;
    size: number;
    seed: number;
    resume: boolean;
    json: boolean;
  }>();
  if (options.protocol !== 'article')
    throw new DomainError('USAGE', `${options.protocol} is no protocol: article`);
  const given = (name: keyof typeof articleDefaults) =>
    command.getOptionValueSource(name) === 'default' ? articleDefaults[name] : options[name];
  const backbone = backboneName(options.backbone);
  const byDefault = command.getOptionValueSource('run') === 'default';
  const run = byDefault ? join(projectRoot(), `runs/article-${backbone}`) : resolve(options.run);
  const { freezeBase, initialiseMissing, alpha, seed, resume } = options;
  const stop = new AbortController();
  void untilSignal().then(() => {
    progress.line('stopping after this epoch; --resume goes on (again to stop at once)');
    stop.abort();
  });
  const report = await runArticle(
    {
      data: resolve(options.data),
      run,
      backbone,
      weights: options.weights === undefined ? null : resolve(options.weights),
      initialiseMissing,
      freezeBase,
      epochs: given('epochs'),
      batchSize: given('batchSize'),
      learningRate: given('learningRate'),
      size: given('size'),
      alpha,
      seed,
      resume,
    },
    progress,
    stop.signal,
  );
  const { accuracy, covid } = report.test;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report)}\n`
      : `${backbone}: ${accuracy.count} of ${accuracy.of} of the last pictures, ` +
          `COVID ${covid.sensitivity.count} of ${covid.sensitivity.of}; report in ${run}/report.md\n`,
  );
}
