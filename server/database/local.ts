import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';
import { isRunning, startEmbeddedPostgres } from './embedded.js';
import { takeLock, type FolderLock } from './folder-lock.js';

/** A PostgreSQL to connect to; `stop` ends it only when this process is the one that runs it. */
export interface OpenPostgres {
  url: string;
  stop(): Promise<void>;
}

const watchMs = 1_000;
const pollMs = 200;
/** Longest wait for another process to start PostgreSQL, milliseconds: it may be recovering from a crash. */
const patienceMs = 900_000;

/**
 * The PostgreSQL of the settings: the one that `DATABASE_URL` names, the embedded one that another process of this
 * installation runs, or the embedded one started now. One that dies is started again on the same port, so that
 * every pool reaches it as before. Of processes that start together one runs it, and the others wait for that.
 *
 * @throws DomainError CONFIG_INVALID when it does not start
 */
export async function openPostgres(config: Config, log: Logger): Promise<OpenPostgres> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, stop: async () => undefined };
  const folder = join(config.dataDir, 'postgres');
  const ownerFile = join(folder, 'owner.json');
  await mkdir(folder, { recursive: true });
  const lock = await lockOrUrl(folder, ownerFile, log);
  if (typeof lock === 'string') return { url: lock, stop: async () => undefined };
  try {
    return await run(folder, ownerFile, lock, log);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The lock on the folder, or the address of the PostgreSQL that its holder runs. */
async function lockOrUrl(folder: string, ownerFile: string, log: Logger): Promise<FolderLock | string> {
  const until = Date.now() + patienceMs;
  for (let told = false; ; told = true) {
    const lock = await takeLock(join(folder, 'lock'));
    if (typeof lock !== 'number') return lock;
    const owner = await readOwner(ownerFile);
    if (owner?.pid === lock && (await isRunning(folder))) return owner.url;
    if (!told) log.info('another process is starting PostgreSQL; waiting for it', { pid: lock });
    if (Date.now() > until) {
      const message = `Process ${lock} holds ${folder}, but its PostgreSQL does not run. Stop that process, or set DATA_DIR.`;
      throw new DomainError('CONFIG_INVALID', message);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function run(folder: string, ownerFile: string, lock: FolderLock, log: Logger): Promise<OpenPostgres> {
  // What an owner that was killed left behind names a server that may not be there any more.
  await rm(ownerFile, { force: true });
  let server = await startEmbeddedPostgres(folder, log);
  const { url } = server;
  await writeFile(ownerFile, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
  let stopping = false;
  let busy = Promise.resolve();
  const watch = async () => {
    if (stopping || (await isRunning(folder))) return;
    log.error('PostgreSQL ended; starting it again');
    server = await startEmbeddedPostgres(folder, log, Number(new URL(url).port));
    log.info('PostgreSQL runs again');
  };
  const timer = setInterval(() => {
    busy = busy.then(watch).catch((error: unknown) => log.error('PostgreSQL does not start', { error }));
  }, watchMs);
  timer.unref();
  return {
    url,
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      await busy;
      await rm(ownerFile, { force: true });
      await server.stop();
      await lock.release();
    },
  };
}

/** Null when there is none, or not all of it yet. */
async function readOwner(file: string): Promise<{ pid: number; url: string } | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  try {
    return text === null ? null : (JSON.parse(text) as { pid: number; url: string });
  } catch {
    return null;
  }
}
