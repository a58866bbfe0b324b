import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { projectRoot } from '../server/runtime.js';
import { whole } from './whole.js';

/** Aims of the table: what a figure should reach. */
const rows: [key: string, label: string, digits: number, aim: string][] = [
  ['secondsToReady', 'Start to ready, s', 2, '<= 5'],
  ['requestToResultP50Ms', 'X-ray request to stored result, p50, ms', 0, ''],
  ['requestToResultP99Ms', 'X-ray request to stored result, p99, ms', 0, ''],
  ['engineImagesPerSecond', 'Engine alone, images/s', 1, ''],
  ['triagesPerSecond', 'Whole system, triages/s', 1, ''],
  ['systemOverEngine', 'Whole system over engine alone', 2, '>= 0.80'],
  ['storedInstancesPerSecond', 'STOW, instances/s', 1, ''],
  ['graphqlUnderLoadP50Ms', 'GraphQL under full load, p50, ms', 1, ''],
  ['graphqlUnderLoadP99Ms', 'GraphQL under full load, p99, ms', 1, '< 100'],
  ['estimateOverTruth', 'Estimated over true seconds left, median', 2, 'near 1'],
  ['peakMemoryMegabytes', 'Peak memory of all processes, MB', 0, ''],
  ['engineProcessorMs', 'Processor time of an image, engine alone, ms', 1, ''],
  ['workerProcessorMs', 'Processor time of a triage, worker, ms', 1, ''],
  ['serverProcessorMs', 'Processor time of a triage, server, ms', 1, ''],
  ['databaseProcessorMs', 'Processor time of a triage, PostgreSQL, ms', 1, ''],
];

/** `bench`: how fast the whole system is on this machine. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('Measures the whole system on this machine, against the engine alone in the same run')
    .addOption(
      new Option('--engine <name>', 'engine').choices(['auto', 'tensorflow', 'wasm']).default('auto'),
    )
    .option('--single <n>', 'triages computed one at a time', whole, 100)
    .option('--many <n>', 'triages computed with the queue never empty', whole, 300)
    .option('--write', 'write table and JSON to docs/bench/', false)
    .option('--json', 'print JSON', false)
    .action(
      async (options: {
        engine: EngineChoice;
        single: number;
        many: number;
        write: boolean;
        json: boolean;
      }) => {
        const { benchXray } = await import('../bench/xray.js');
        const tell = (text: string) => process.stderr.write(`${text}...\n`);
        const measured = await benchXray({ ...options, tell });
        const machine = {
          processor: cpus()[0]?.model.trim() ?? process.arch,
          cores: availableParallelism(),
          memoryGigabytes: Math.round(totalmem() / 1e9),
          node: process.versions.node,
        };
        const result = { measuredAt: new Date().toISOString(), machine, ...measured };
        const json = `${JSON.stringify(result, null, 2)}\n`;
        const table = tableOf(result);
        if (options.write) {
          const folder = join(projectRoot(), 'docs/bench');
          await mkdir(folder, { recursive: true });
          await writeFile(join(folder, `xray-${measured.engine}.json`), json);
          await writeFile(join(folder, `xray-${measured.engine}.md`), table);
        }
        process.stdout.write(options.json ? json : table);
      },
    );
}

type Result = {
  machine: { processor: string; cores: number; memoryGigabytes: number; node: string };
} & Record<string, unknown>;

function tableOf(result: Result): string {
  const { processor, cores, memoryGigabytes, node } = result.machine;
  const lines = rows.map(
    ([key, label, digits, aim]) => `| ${label} | ${Number(result[key]).toFixed(digits)} | ${aim} |`,
  );
  return [
    `# X-ray triage, engine ${String(result.engine)}`,
    '',
    `${processor}, ${cores} cores, ${memoryGigabytes} GB, Node ${node}. Measured by \`npm run bench -- --engine ${String(result.engine)} --write\`.`,
    '',
    '| figure | measured | aim |',
    '| --- | ---: | --- |',
    ...lines,
    '',
  ].join('\n');
}
