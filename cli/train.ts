import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { DomainError } from '../server/errors.js';
import { projectRoot } from '../server/runtime.js';
import { createProgress } from '../training/progress.js';
import { evaluate } from '../training/evaluate.js';
import { train } from '../training/train.js';
import { addArticleOptions, trainArticle } from './train-article.js';
import { addCtOptions, trainCtCommand } from './train-ct.js';
import { whole } from './whole.js';

export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Fine-tunes MobileNetV1 on chest X-rays or CT slices (needs the TensorFlow engine: npm run setup:tensorflow)',
    )
    .requiredOption('--data <folder>', 'folder with manifest.csv and images/')
    .option(
      '--weights <folder>',
      'TensorFlow.js layers model to start from (default: ../weights/mobilenet_v1_1.0_224)',
    )
    .option('--out <folder>', 'where the model goes', join(projectRoot(), 'runs/model'))
    .option('--run <folder>', 'checkpoints and log', join(projectRoot(), 'runs/cxr'))
    .option('--model-version <version>', 'version of the new model', '1.0.0')
    .option('--epochs <n>', 'passes over the data', whole, 8)
    .option('--batch-size <n>', 'pictures a step', whole, 32)
    .option('--learning-rate <rate>', 'peak learning rate of Adam', Number, 3e-4)
    .option('--variants <n>', 'augmented variants kept of each picture, the first untouched', whole, 5)
    .option('--frozen-blocks <n>', 'how many of the 13 blocks stay frozen', whole, 5)
    .option('--size <pixels>', 'side of the input', whole, 224)
    .option('--cache <folder>', 'cached frozen features, shared by runs (default: the run folder)')
    .option('--mixup <alpha>', 'strength of mixup, 0 for none', Number, 0.2)
    .option('--hold-out <source...>', 'sources to keep out and judge as hospitals never seen', [])
    .option('--seed <n>', 'seed of all randomness', whole, 1)
    .option('--order-seed <n>', 'another seed for the order of batches alone', whole)
    .option('--limit <n>', 'use only so many pictures, to try it out', whole)
    .option('--resume', 'go on from the last checkpoint of the run', false)
    .option('--json', 'print the report as JSON', false)
    .action(
      async (
        options: Record<string, never> &
          Parameters<typeof train>[0] & {
            modelVersion: string;
            json: boolean;
            protocol?: string;
            task: string;
          },
      ) => {
        const progress = createProgress();
        if (options.protocol !== undefined) return trainArticle(command, progress);
        if (options.task === 'ct') return trainCtCommand(command, progress);
        if (options.task !== 'cxr') throw new DomainError('USAGE', `${options.task} is no task: cxr or ct`);
        const data = resolve(options.data);
        const manifest = await train(
          {
            ...options,
            data,
            weights: resolve(options.weights ?? join(data, '../weights/mobilenet_v1_1.0_224')),
            version: options.modelVersion,
            cache: resolve(options.cache ?? options.run),
            orderSeed: options.orderSeed ?? null,
            limit: options.limit ?? null,
          },
          progress,
        );
        const result = await evaluate(
          { data, model: options.out, engine: 'tensorflow', write: true, run: options.run },
          progress,
        );
        const accuracy = result.accuracy.value.toFixed(4);
        process.stdout.write(
          options.json
            ? `${JSON.stringify(result)}\n`
            : `${manifest.id} ${manifest.version}: held-out accuracy ${accuracy}\n`,
        );
      },
    );
  return addCtOptions(addArticleOptions(command));
}
