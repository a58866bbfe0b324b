import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.js';
import type { Logger } from '../log.js';
import { isRunning, startEmbeddedPostgres } from './embedded.js';

/** A PostgreSQL to connect to; `stop` ends it only when this process is the one that runs it. */
export interface OpenPostgres {
  url: string;
  stop(): Promise<void>;
}

const watchMs = 1_000;

/**
 * The PostgreSQL of the settings: the one that `DATABASE_URL` names, the embedded one that another process of this
 * installation runs, or the embedded one started now. One that dies is started again on the same port, so that
 * every pool reaches it as before.
 */
export async function openPostgres(config: Config, log: Logger): Promise<OpenPostgres> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, stop: async () => undefined };
  const folder = join(config.dataDir, 'postgres');
  const ownerFile = join(folder, 'owner.json');
  const owner = await readOwner(ownerFile);
  if (owner !== null && owner.pid !== process.pid && isAlive(owner.pid) && (await isRunning(folder))) {
    return { url: owner.url, stop: async () => undefined };
  }
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
    },
  };
}

async function readOwner(file: string): Promise<{ pid: number; url: string } | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as { pid: number; url: string });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
