import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadConfig } from '../server/config.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { defaultModelFolder } from '../server/inference/models.js';
import { createProgress } from '../training/progress.js';
import { evaluate } from '../training/evaluate.js';
import { whole } from './whole.js';

interface Options {
  data: string;
  model?: string;
  engine: EngineChoice;
  out?: string;
  run?: string;
  thumbnails: boolean;
  resamples: number;
  json: boolean;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'Judges the held-out split through the serving path; writes report.html, report.json, predictions.csv and MODEL_CARD.md',
    )
    .requiredOption('--data <folder>', 'folder with manifest.csv and images/')
    .option('--model <folder>', 'model to evaluate (default: the one that is served)')
    .addOption(
      new Option('--engine <name>', 'engine').choices(['auto', 'tensorflow', 'wasm']).default('auto'),
    )
    .option('--out <folder>', 'where the report goes (default: the model folder)')
    .option('--run <folder>', 'run folder of the training, for its curves')
    .option(
      '--thumbnails',
      'show the hardest films in report.html; needs --out, for a page that stays here',
      false,
    )
    .option('--resamples <n>', 'draws of each bootstrap', whole, 1000)
    .option('--json', 'print the report as JSON; writes files only with --out', false)
    .action(async ({ data, model, engine, out, run, thumbnails, resamples, json }: Options) => {
      const folder = resolve(model ?? (await defaultModelFolder('cxr-triage', loadConfig().modelDir)));
      const result = await evaluate(
        {
          data: resolve(data),
          model: folder,
          engine,
          write: !json || out !== undefined,
          thumbnails,
          resamples,
          ...(out === undefined ? {} : { out: resolve(out) }),
          ...(run === undefined ? {} : { run: resolve(run) }),
        },
        createProgress(),
      );
      const page = join(out === undefined ? folder : resolve(out), 'report.html');
      const text = `accuracy ${result.accuracy.value.toFixed(4)} on ${result.heldOut.films} films; see ${page}`;
      process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${text}\n`);
    });
}
