import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { sql } from 'kysely';
import { loadConfig, type Config } from '../server/config.js';
import { openPostgres } from '../server/database/local.js';
import { migrationStatus } from '../server/database/migrator.js';
import { pickEngine } from '../server/inference/engines/pick-engine.js';
import { loadCtModel } from '../server/inference/slices/manifest.js';
import { loadModel } from '../server/inference/manifest.js';
import { defaultModelFolder, servedFolder } from '../server/inference/models.js';
import { createLogger } from '../server/log.js';
import { openDatabase, openObjects } from '../server/main.js';
import { liveWorkers } from '../server/triage/triage.queries.js';

const deadlineMs = 60_000;

interface Check {
  name: string;
  status: 'ok' | 'warning' | 'failed';
  found: string;
  /** What to do; null when nothing is to be done. */
  fix: string | null;
}

/** `doctor`: whether everything that is needed is there, and what to do where it is not. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Checks Node, database, queue, object store, engines, model and disk, and says how to fix each',
    )
    .option('--json', 'print one JSON array', false)
    .action(async ({ json }: { json: boolean }) => {
      const config = loadConfig();
      const checks = [
        node(),
        ...(await inTime('database', database(config))),
        ...(await inTime('object store', objects(config))),
        ...(await inTime('disk', disk(config))),
        ...(await inTime('engines', engines(config))),
        ...(await inTime('model', xrayModel(config))),
        ...(await inTime('model CT', ctModel(config))),
      ];
      if (json) process.stdout.write(`${JSON.stringify(checks)}\n`);
      else
        for (const { name, status, found, fix } of checks) {
          process.stdout.write(
            `${status.padEnd(8)} ${name.padEnd(20)} ${found}\n${fix ? `         -> ${fix}\n` : ''}`,
          );
        }
      if (checks.some(({ status }) => status === 'failed')) process.exitCode = 1;
    });
}

const ok = (name: string, found: string): Check => ({ name, status: 'ok', found, fix: null });
const reason = (error: unknown) => (error instanceof Error ? error.message : 'no reason was given');
const failed = (name: string, error: unknown, fix: string): Check => ({
  name,
  status: 'failed',
  found: reason(error),
  fix,
});

/** A check that hangs, on a lost network folder for example, must not keep the others from being told. */
async function inTime(name: string, check: Promise<Check | Check[]>): Promise<Check[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => {
    const fix = 'see whether its disk or server answers at all';
    const found = `no answer within ${deadlineMs / 1000} s`;
    timer = setTimeout(() => resolve({ name, status: 'failed', found, fix }), deadlineMs);
  });
  const found = await Promise.race([check, late]);
  clearTimeout(timer);
  return Array.isArray(found) ? found : [found];
}

function node(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  if ([20, 22, 24].includes(major)) return ok('node', process.versions.node);
  const fix = 'install Node 20, 22 or 24, the versions this is tested on';
  return { name: 'node', status: major < 20 ? 'failed' : 'warning', found: process.versions.node, fix };
}

async function database(config: Config): Promise<Check[]> {
  const log = createLogger('silent');
  const where = config.databaseUrl === null ? 'embedded' : 'DATABASE_URL';
  try {
    const postgres = await openPostgres(config, log);
    const db = openDatabase(config, postgres.url, log);
    try {
      const { rows } = await sql<{ number: number; version: string }>`
        select current_setting('server_version_num')::int as number, current_setting('server_version') as version`.execute(
        db,
      );
      const { number = 0, version = '' } = rows[0] ?? {};
      const server: Check =
        number >= 140_000
          ? ok('database', `PostgreSQL ${version} (${where})`)
          : {
              name: 'database',
              status: 'failed',
              found: `PostgreSQL ${version}`,
              fix: 'use PostgreSQL 14 or newer',
            };
      const missing = (await migrationStatus(db)).filter(({ appliedAt }) => appliedAt === null);
      if (missing.length > 0) {
        const found = `${missing.length} migrations to be applied`;
        const tables: Check = {
          name: 'tables',
          status: 'warning',
          found,
          fix: 'npm run cli -- migrate (or start the server)',
        };
        return [server, tables];
      }
      const queue = await sql<{ waiting: number }>`
        select count(*)::int as waiting from graphile_worker.jobs`.execute(db);
      const workers = await liveWorkers(db);
      const found = `${queue.rows[0]?.waiting ?? 0} jobs, ${workers.count} workers`;
      const queueCheck: Check =
        workers.count > 0
          ? ok('queue', found)
          : {
              name: 'queue',
              status: 'warning',
              found,
              fix: 'start a worker: npm start, or npm run cli -- worker',
            };
      return [server, ok('tables', 'up to date'), queueCheck];
    } finally {
      await db.destroy();
      await postgres.stop();
    }
  } catch (error) {
    const fix =
      config.databaseUrl === null
        ? `see that ${join(config.dataDir, 'postgres')} is writable and its disk not full`
        : 'see that DATABASE_URL names a server that answers, with the right password';
    return [failed('database', error, fix)];
  }
}

async function objects(config: Config): Promise<Check> {
  try {
    const store = await openObjects(config);
    const writer = await store.begin();
    await writer.write(new Uint8Array([0]));
    await writer.end();
    return ok('object store', config.objectStore);
  } catch (error) {
    return failed('object store', error, 'make the folder writable for this account, or set OBJECT_STORE');
  }
}

async function disk(config: Config): Promise<Check> {
  try {
    await mkdir(config.dataDir, { recursive: true });
    const probe = join(config.dataDir, '.doctor');
    await writeFile(probe, '');
    await rm(probe);
    const { bavail, bsize } = await statfs(config.dataDir);
    const gigabytes = (bavail * bsize) / 1e9;
    const found = `${gigabytes.toFixed(1)} GB free in ${config.dataDir}`;
    if (gigabytes >= 5) return ok('disk', found);
    const status = gigabytes < 1 ? 'failed' : 'warning';
    return { name: 'disk', status, found, fix: 'free space, or set DATA_DIR to a larger disk' };
  } catch (error) {
    return failed('disk', error, 'make DATA_DIR writable for this account');
  }
}

async function engines(config: Config): Promise<Check[]> {
  const fixes = {
    tensorflow: 'optional: npm run setup:tensorflow (add -- --gpu for CUDA)',
    wasm: 'reinstall the packages: npm ci',
  };
  const checks: Check[] = [];
  for (const name of ['tensorflow', 'wasm'] as const) {
    try {
      const engine = await pickEngine(name);
      const { device, version, gpu } = engine.describe();
      engine.dispose();
      checks.push(ok(`engine ${name}`, `${version} on ${device}${gpu ? ' (GPU)' : ''}`));
    } catch (error) {
      const status = config.engine === name || name === 'wasm' ? 'failed' : 'warning';
      checks.push({ name: `engine ${name}`, status, found: reason(error), fix: fixes[name] });
    }
  }
  return checks;
}

const modelFix = 'restore the models folder, or set MODEL_DIR';

async function xrayModel(config: Config): Promise<Check> {
  try {
    const { manifest } = await loadModel(await defaultModelFolder('cxr-triage', config.modelDir));
    return ok('model', `${manifest.id} ${manifest.version}, files as digested`);
  } catch (error) {
    return failed('model', error, modelFix);
  }
}

async function ctModel(config: Config): Promise<Check> {
  try {
    const folder = await servedFolder('ct-triage', config.modelDir);
    const found = 'none: CT studies are not judged';
    if (folder === null) return { name: 'model CT', status: 'warning', found, fix: modelFix };
    const { manifest } = await loadCtModel(folder);
    return ok('model CT', `${manifest.id} ${manifest.version}, files as digested`);
  } catch (error) {
    return failed('model CT', error, modelFix);
  }
}
