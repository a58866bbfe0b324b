import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadConfig } from '../server/config.js';
import { DomainError } from '../server/errors.js';
import type { EngineChoice } from '../server/inference/engines/pick-engine.js';
import { loadCtModel } from '../server/inference/slices/manifest.js';
import { loadModel, sha256 } from '../server/inference/manifest.js';
import {
  activateModel,
  anyManifestSchema,
  listModels,
  servedFolder,
  type AnyManifest,
  type Task,
} from '../server/inference/models.js';
import { readCtReport, type StoredCtReport } from '../training/ct/stored.js';
import { compare, type Comparison } from '../training/evaluation/compare.js';
import { predictHeldOut } from '../training/evaluation/held-out.js';
import { predictionsFile, readPredictions } from '../training/evaluation/predictions.js';
import { readReport, type StoredReport } from '../training/evaluation/stored.js';
import { createProgress } from '../training/progress.js';
import { figureOf } from '../training/report/format.js';

interface Found {
  folder: string;
  manifest: AnyManifest;
}

const engines = ['auto', 'tensorflow', 'wasm'];

/** `models`: what is installed, how good it is, and which one is served. */
export function modelsCommand(): Command {
  const command = new Command('models').description('Lists, shows, compares and activates models');
  command
    .command('list')
    .description('Every model in MODEL_DIR, the newest first')
    .option('--json', 'print JSON', false)
    .action(list);
  command
    .command('show')
    .description('The card and key figures of one model')
    .argument('<model>', '<id>@<version>, <id> for its newest version, or a folder')
    .option('--json', 'print JSON', false)
    .action(show);
  command
    .command('compare')
    .description('Two models on the same films, with the interval of their difference')
    .argument('<first>', 'as for show')
    .argument('<second>', 'as for show')
    .option('--data <folder>', 'judge both on this data (default: their stored predictions)')
    .addOption(new Option('--engine <name>', 'engine, with --data').choices(engines).default('auto'))
    .option('--json', 'print JSON', false)
    .action(compareModels);
  command
    .command('activate')
    .description('Makes a model the one that is served, from the next start of server and worker on')
    .argument('<model>', '<id>@<version>, or <id> for its newest version')
    .action(activate);
  return command;
}

async function find(reference: string): Promise<Found> {
  const { modelDir } = loadConfig();
  if (existsSync(join(reference, 'manifest.json'))) {
    const folder = resolve(reference);
    const text = await readFile(join(folder, 'manifest.json'), 'utf8');
    return { folder, manifest: anyManifestSchema.parse(JSON.parse(text)) };
  }
  const [id = '', version] = reference.split('@');
  const model = (await listModels(modelDir)).find(
    ({ manifest }) => manifest.id === id && (version === undefined || manifest.version === version),
  );
  if (model) return model;
  throw new DomainError('USAGE', `no model ${reference} in ${modelDir}: see \`models list\``);
}

/** What `models list` marks: a choice that is gone is no reason to list nothing. */
async function markedFolder(task: Task, modelDir: string): Promise<string | null> {
  return servedFolder(task, modelDir).catch((error: unknown) => {
    if (error instanceof DomainError) return null;
    throw error;
  });
}

async function describe({ folder, manifest }: Found, modelDir: string) {
  const { id, version, task, labels } = manifest;
  return {
    id,
    version,
    task,
    labels,
    digest: sha256(await readFile(join(folder, 'manifest.json'))),
    active: (await markedFolder(task, modelDir)) === folder,
    folder,
    figures: task === 'ct-triage' ? await readCtReport(folder) : await readReport(folder),
  };
}

function keyFigures(figures: StoredReport | StoredCtReport | null): string[] {
  if (figures === null) return ['not evaluated'];
  if ('slices' in figures.heldOut) {
    const { slices, accuracy, areaUnderRoc } = figures.heldOut;
    return [
      `accuracy ${figureOf(accuracy)} on ${slices} slices`,
      `area under the curve ${figureOf(areaUnderRoc)}`,
    ];
  }
  return xrayFigures(figures as StoredReport);
}

function xrayFigures(figures: StoredReport): string[] {
  const covid = figures.classes.find(({ label }) => label === 'COVID');
  const weakest = [...figures.sources].sort((a, b) => a.accuracy.value - b.accuracy.value)[0];
  return [
    `accuracy ${figures.accuracy.value.toFixed(3)} on ${figures.heldOut.films} films`,
    ...(weakest ? [`weakest source ${weakest.source} ${weakest.accuracy.value.toFixed(3)}`] : []),
    ...(covid ? [`COVID sensitivity ${covid.recall.value.toFixed(3)}`] : []),
    `calibration error ${figures.expectedCalibrationError.toFixed(3)}`,
    `good films refused ${figures.goodFilmsRefused.value.toFixed(3)}`,
    ...(figures.severity.films > 0
      ? [`severity error ${figures.severity.meanAbsoluteError.toFixed(2)}`]
      : []),
  ];
}

async function list({ json }: { json: boolean }): Promise<void> {
  const { modelDir } = loadConfig();
  const models = await Promise.all((await listModels(modelDir)).map((model) => describe(model, modelDir)));
  if (json) {
    process.stdout.write(`${JSON.stringify(models, null, 2)}\n`);
    return;
  }
  if (models.length === 0) process.stdout.write(`no models in ${modelDir}\n`);
  for (const { id, version, task, digest, active, figures } of models) {
    process.stdout.write(
      `${active ? '*' : ' '} ${id}@${version}  ${task}  ${digest.slice(0, 12)}  ${keyFigures(figures).join(', ')}\n`,
    );
  }
  if (models.some(({ active }) => active)) process.stdout.write('* is served\n');
}

async function show(reference: string, { json }: { json: boolean }): Promise<void> {
  const { modelDir } = loadConfig();
  const model = await find(reference);
  const description = await describe(model, modelDir);
  const card = await readFile(join(model.folder, 'MODEL_CARD.md'), 'utf8').catch(() => null);
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...description, card }, null, 2)}\n`);
    return;
  }
  const { id, version, task, digest, active, folder, figures } = description;
  const facts = [
    `${id}@${version}, ${task}${active ? ', served' : ''}`,
    `digest ${digest}`,
    `in ${folder}`,
    ...keyFigures(figures),
  ];
  process.stdout.write(`${facts.join('\n')}\n\n${card ?? 'no model card'}\n`);
}

async function compareModels(
  first: string,
  second: string,
  { data, engine, json }: { data?: string; engine: EngineChoice; json: boolean },
): Promise<void> {
  const [a, b] = [await find(first), await find(second)];
  const labels: string[] = a.manifest.labels;
  if (a.manifest.task !== b.manifest.task || labels.join() !== b.manifest.labels.join())
    throw new DomainError('USAGE', 'the two models have different tasks or labels');
  const predictionsOf = ({ folder }: Found) =>
    data === undefined
      ? readPredictions(join(folder, predictionsFile), labels)
      : predictHeldOut({ data: resolve(data), model: folder, engine }, createProgress());
  const result = compare(await predictionsOf(a), await predictionsOf(b), labels);
  const name = ({ manifest: { id, version } }: Found) => `${id}@${version}`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ first: name(a), second: name(b), ...result }, null, 2)}\n`
      : comparisonText(name(a), name(b), result),
  );
}

function comparisonText(
  first: string,
  second: string,
  { films, patients, unpaired, figures }: Comparison,
): string {
  const lines = figures.map(({ name, largerIsBetter, first: a, second: b, difference }) => {
    const { value, low, high } = difference;
    const sure = low > 0 || high < 0;
    const verdict = !sure
      ? 'undecided'
      : value > 0 === largerIsBetter
        ? 'second is better'
        : 'first is better';
    const change = `${value >= 0 ? '+' : ''}${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
    return `${name.padEnd(32)}${a.toFixed(3).padStart(8)}${b.toFixed(3).padStart(8)}  ${change.padEnd(28)}${verdict}`;
  });
  return [
    `first ${first}, second ${second}: ${films} films of ${patients} patients, ${unpaired} films of one only left out`,
    `${''.padEnd(32)}${'first'.padStart(8)}${'second'.padStart(8)}  difference (95 % interval)`,
    ...lines,
    '',
  ].join('\n');
}

async function activate(reference: string): Promise<void> {
  const { modelDir } = loadConfig();
  if (existsSync(join(modelDir, 'manifest.json')))
    throw new DomainError('USAGE', `MODEL_DIR is one model itself (${modelDir}): there is nothing to choose`);
  const found = await find(reference);
  const listed = (await listModels(modelDir)).some(({ folder }) => folder === found.folder);
  if (!listed)
    throw new DomainError('USAGE', `${found.folder} is not in MODEL_DIR (${modelDir}): copy it there first`);
  // A model whose files are damaged must not become the one that a restart depends on.
  const load = found.manifest.task === 'ct-triage' ? loadCtModel : loadModel;
  const { manifest } = await load(found.folder);
  await activateModel(modelDir, manifest);
  process.stdout.write(
    `${manifest.id}@${manifest.version} is served for ${manifest.task} from the next start of server and worker on\n`,
  );
}
