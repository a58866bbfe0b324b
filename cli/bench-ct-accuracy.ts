import { Command } from 'commander';
import { whole } from './whole.js';

/** `bench ct-accuracy`: how well lungs and involvement of generated CT volumes are found. */
export function benchCtAccuracyCommand(): Command {
  return new Command('ct-accuracy')
    .description('Compares lungs and involvement of generated CT volumes with their known truth')
    .option('--volumes <n>', 'volumes of each kind', whole, 3)
    .option('--json', 'print JSON', false)
    .action(async (options: { volumes: number; json: boolean }) => {
      const { ctAccuracy } = await import('../bench/ct-accuracy.js');
      const results = await ctAccuracy(options.volumes, (text) => process.stderr.write(`${text}...\n`));
      if (options.json) {
        process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
        return;
      }
      const lines = results.map(
        ({ kind, volumes, diceMean, diceLeast, errorMean, errorGreatest }) =>
          `| ${kind} | ${volumes} | ${diceMean.toFixed(3)} | ${diceLeast.toFixed(3)} | ${errorMean.toFixed(1)} | ${errorGreatest.toFixed(1)} |`,
      );
      const head = ['kind', 'volumes', 'Dice, mean', 'Dice, least', 'error, mean', 'error, greatest'];
      process.stdout.write(
        [`| ${head.join(' | ')} |`, '| --- | ---: | ---: | ---: | ---: | ---: |', ...lines, ''].join('\n'),
      );
    });
}
