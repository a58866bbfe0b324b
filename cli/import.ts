import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { demoCts } from '../demo/ct/demo-ct.js';
import { demoStudies } from '../demo/generate.js';
import { loadConfig } from '../server/config.js';
import { openPostgres } from '../server/database/local.js';
import type { Db } from '../server/database/types.js';
import { createDecodePool } from '../server/dicom/decode-pool.js';
import { DomainError } from '../server/errors.js';
import type { Intake } from '../server/intake/intake.js';
import { warningTexts } from '../server/intake/warnings.js';
import { createLogger } from '../server/log.js';
import { migrate, openDatabase, openIntake, openObjects } from '../server/main.js';
import { settleDemo, wantsDemo } from '../server/study/study.service.js';
import { createProgress } from '../training/progress.js';

/** What became of one file. */
interface Imported {
  file: string;
  status: 'STORED' | 'ALREADY_STORED' | 'FAILED';
  sopInstanceUid: string | null;
  problem: { code: string; message: string } | null;
  /** What is to be known of a file that was taken. */
  warning: { code: string; message: string } | null;
}

/** `import`: files and folders into this installation, the same way as from the network. */
export function importCommand(): Command {
  return new Command('import')
    .description('Takes in DICOM files and folders; each study is triaged once it is complete')
    .argument('[path...]', 'files or folders')
    .option('--demo', 'the generated demo patients, if nothing has been received yet', false)
    .option('--json', 'print one JSON array, an entry a file', false)
    .action(async (paths: string[], options: { demo: boolean; json: boolean }) => {
      if (paths.length === 0 && !options.demo)
        throw new DomainError('USAGE', 'name files or folders to import');
      const config = loadConfig();
      const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
      const postgres = await openPostgres(config, log);
      const db = openDatabase(config, postgres.url, log);
      const decoder = createDecodePool({ size: config.decodeWorkers, deadlineMs: config.decodeDeadlineMs });
      try {
        await migrate(db, postgres.url);
        const intake = openIntake(config, db, await openObjects(config), decoder, log);
        const results = options.demo
          ? await importDemo(db, intake)
          : await importFiles(intake, await filesUnder(paths));
        report(results, options.json);
      } finally {
        await decoder.close();
        await db.destroy();
        await postgres.stop();
      }
    });
}

/** Safe to be interrupted: what is there is known, and the rest is taken in the next time. */
async function importDemo(db: Db, intake: Intake): Promise<Imported[]> {
  const results: Imported[] = [];
  if (!(await wantsDemo(db))) {
    await settleDemo(db);
    return results;
  }
  for await (const { sopInstanceUid, bytes } of demoStudies()) {
    results.push(await importOne(intake, sopInstanceUid, single(bytes), 'DEMO'));
  }
  for (const { files } of demoCts()) {
    for await (const { sopInstanceUid, bytes } of files()) {
      results.push(await importOne(intake, sopInstanceUid, single(bytes), 'DEMO'));
    }
  }
  if (results.every(({ status }) => status !== 'FAILED')) await settleDemo(db);
  return results;
}

async function importFiles(intake: Intake, files: string[]): Promise<Imported[]> {
  const tick = createProgress().stage('importing', files.length);
  const results: Imported[] = [];
  for (const file of files) {
    const result = await importOne(intake, relative(process.cwd(), file), createReadStream(file), 'IMPORT');
    results.push(result);
    tick(results.length);
  }
  return results;
}

async function* single(bytes: Uint8Array) {
  yield bytes;
}

async function importOne(
  intake: Intake,
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  source: string,
): Promise<Imported> {
  try {
    const { status, sopInstanceUid, warning: code } = await intake.receive(bytes, source, 'import');
    const warning = code === null ? null : { code, message: warningTexts[code] };
    return { file, status, sopInstanceUid, problem: null, warning };
  } catch (error) {
    const code = error instanceof DomainError ? error.code : 'INTERNAL';
    const message = error instanceof Error ? error.message : String(error);
    const sopInstanceUid = error instanceof DomainError ? (error.instance?.sopInstanceUid ?? null) : null;
    return { file, status: 'FAILED', sopInstanceUid, problem: { code, message }, warning: null };
  }
}

/** @throws DomainError USAGE for a path that is not there */
async function filesUnder(paths: string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch((cause: unknown) => {
      throw new DomainError('USAGE', `${path} cannot be read`, { cause });
    });
    if (!entry.isDirectory()) files.push(path);
    else {
      for await (const inside of await opendir(path, { recursive: true })) {
        // A DICOMDIR is an index of files, not an image.
        if (inside.isFile() && inside.name !== 'DICOMDIR') files.push(join(inside.parentPath, inside.name));
      }
    }
  }
  return files.sort();
}

function report(results: Imported[], json: boolean): void {
  const failed = results.filter(({ status }) => status === 'FAILED');
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else {
    for (const { file, problem, warning } of results) {
      const told = problem ?? warning;
      if (told !== null) process.stdout.write(`${file}: ${told.code}: ${told.message}\n`);
    }
    const known = results.filter(({ status }) => status === 'ALREADY_STORED').length;
    const stored = results.length - failed.length - known;
    process.stdout.write(`${stored} stored, ${known} known already, ${failed.length} refused\n`);
  }
  if (failed.length > 0) process.exitCode = 1;
}
