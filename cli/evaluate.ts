import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { defaultModelFolder } from '../server/inference/models.js';
import { createProgress } from '../training/progress.js';
import { evaluate } from '../training/evaluate.js';

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Judges the held-out split through the serving path; writes report.json and MODEL_CARD.md')
    .requiredOption('--data <folder>', 'folder with manifest.csv and images/')
    .option('--model <folder>', 'model to evaluate (default: the one that is served)')
    .addOption(
      new Option('--engine <name>', 'engine').choices(['auto', 'tensorflow', 'wasm']).default('auto'),
    )
    .option('--json', 'print the report as JSON and write no files', false)
    .action(async (options: { data: string; model?: string; engine: EngineChoice; json: boolean }) => {
      const model = resolve(options.model ?? (await defaultModelFolder('cxr-triage')));
      const result = await evaluate(
        { data: resolve(options.data), model, engine: options.engine, write: !options.json },
        createProgress(),
      );
      const text = `accuracy ${result.accuracy.value.toFixed(4)} on ${result.heldOut.films} films; see ${model}/MODEL_CARD.md`;
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${text}\n`);
    });
}
