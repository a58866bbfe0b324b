import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { CtBench } from '../bench/ct.js';
import { ctCodecNames, type CtCodecName } from '../bench/ct-codec-names.js';
import { projectRoot } from '../server/runtime.js';

const columns: [key: keyof CtBench, label: string, digits: number][] = [
  ['slices', 'slices', 0],
  ['megabytes', 'files, MB', 0],
  ['headersMs', 'headers, ms', 0],
  ['decodeMs', 'decode, ms', 0],
  ['lungsMs', 'lungs, ms', 0],
  ['involvementMs', 'involvement, ms', 0],
  ['classifyMs', 'classifier, ms', 0],
  ['classified', 'classified', 0],
  ['totalMs', 'whole, ms', 0],
  ['bareDecodeMs', 'bare decode, ms', 0],
  ['totalOverBareDecode', 'whole over bare decode', 2],
  ['memoryRiseMegabytes', 'memory rise, MB', 0],
];

function counts(text: string): number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isInteger(value) || value < 20 || value > 3000)) {
    throw new InvalidArgumentError('whole numbers from 20 to 3000, separated by commas');
  }
  return values;
}

function codecs(text: string): CtCodecName[] {
  const names = text.split(',');
  const known = ctCodecNames.filter((name) => names.includes(name));
  if (known.length !== names.length) throw new InvalidArgumentError(`some of ${ctCodecNames.join(', ')}`);
  return known;
}

/** `bench ct`: how long a CT series takes from its files to the measured involvement. */
export function benchCtCommand(): Command {
  return new Command('ct')
    .description('Measures the analysis of generated chest CT series of 512 x 512 pixels, stage by stage')
    .option('--slices <n,n>', 'slices of each series', counts, [100, 300, 1000])
    .option('--codecs <name,name>', 'how they are compressed', codecs, [...ctCodecNames])
    .option('--write', 'write table and JSON to docs/bench/', false)
    .option('--json', 'print JSON', false)
    .action(async (options: { slices: number[]; codecs: CtCodecName[]; write: boolean; json: boolean }) => {
      const { benchCt } = await import('../bench/ct.js');
      const tell = (text: string) => process.stderr.write(`${text}...\n`);
      const series = await benchCt({ codecs: options.codecs, counts: options.slices, tell });
      const machine = {
        processor: cpus()[0]?.model.trim() ?? process.arch,
        cores: availableParallelism(),
        memoryGigabytes: Math.round(totalmem() / 1e9),
        node: process.versions.node,
      };
      const json = `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, series }, null, 2)}\n`;
      const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
      const table = [
        '# CT series of 512 x 512 pixels',
        '',
        `${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, Node ${machine.node}. Measured by \`npm run bench -- ct --slices ${options.slices.join(',')} --write\`. No slice classifier is part of it.`,
        '',
        row(['codec', ...columns.map(([, label]) => label)]),
        row(['---', ...columns.map(() => '---:')]),
        ...series.map((entry) =>
          row([entry.codec, ...columns.map(([key, , digits]) => Number(entry[key]).toFixed(digits))]),
        ),
        '',
      ].join('\n');
      if (options.write) {
        const folder = join(projectRoot(), 'docs/bench');
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'ct.json'), json);
        await writeFile(join(folder, 'ct.md'), table);
      }
      process.stdout.write(options.json ? json : table);
    });
}
