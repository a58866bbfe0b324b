import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadConfig } from '../server/config.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { defaultModelFolder } from '../server/inference/models.js';
import { evaluateCt } from '../training/ct/evaluate.js';
import { createProgress } from '../training/progress.js';
import { evaluate } from '../training/evaluate.js';
import { figureOf } from '../training/report/format.js';
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
  task: string;
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
    .addOption(
      new Option('--task <name>', 'cxr: chest X-rays; ct: CT slices').choices(['cxr', 'ct']).default('cxr'),
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
    .action(async ({ data, model, engine, out, run, thumbnails, resamples, json, task }: Options) => {
      if (task === 'ct') {
        await evaluateCtCommand({
          data,
          engine,
          resamples,
          json,
          ...(model && { model }),
          ...(out && { out }),
        });
        return;
      }
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

/** `evaluate --task ct`. */
async function evaluateCtCommand({
  data,
  model,
  engine,
  out,
  resamples,
  json,
}: Pick<Options, 'data' | 'model' | 'engine' | 'out' | 'resamples' | 'json'>): Promise<void> {
  const folder = resolve(model ?? (await defaultModelFolder('ct-triage', loadConfig().modelDir)));
  const target = resolve(out ?? folder);
  const options = { data: resolve(data), model: folder, engine, out: target, resamples };
  const result = await evaluateCt({ ...options, write: !json || out !== undefined }, createProgress());
  const { accuracy, areaUnderRoc, slices } = result.heldOut;
  const text = `accuracy ${figureOf(accuracy)}, area under the curve ${figureOf(areaUnderRoc)} on ${slices} slices`;
  process.stdout.write(
    json ? `${JSON.stringify(result)}\n` : `${text}; see ${join(target, 'report.html')}\n`,
  );
}
