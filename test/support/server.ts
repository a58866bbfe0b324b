import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../server/config.js';
import type { Db } from '../../server/database/types.js';
import { createLogger, type Logger } from '../../server/log.js';
import { startServer, startWorker } from '../../server/main.js';
import { createTestDatabase } from './database.js';

/** The real server, and a worker when asked for, on a database of their own. */
export interface TestServer {
  url: string;
  db: Db;
  databaseUrl: string;
  config: Config;
  graphql<Data = Record<string, unknown>>(query: string, variables?: object): Promise<GraphQLAnswer<Data>>;
  stow(objects: Uint8Array[], options?: StowOptions): Promise<StowAnswer>;
  close(): Promise<void>;
}

export interface GraphQLAnswer<Data> {
  status: number;
  data: Data;
  errors: { message: string; extensions: { code: string } }[] | undefined;
}

export interface StowOptions {
  study?: string;
  contentType?: string;
}

type Item = Record<string, { vr: string; Value?: unknown[] }>;
export interface StowAnswer {
  status: number;
  stored: Item[];
  failed: Item[];
  body: Record<string, unknown>;
}

/** A store request's body (PS3.18 10.5.1). */
export function multipart(objects: Uint8Array[], boundary = 'test-boundary'): Buffer {
  const parts = objects.flatMap((bytes) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    Buffer.from(bytes),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

export async function createTestServer(
  options: { worker?: boolean; env?: Record<string, string>; log?: Logger } = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'covid-triage-server-'));
  const { db, url: databaseUrl, close } = await createTestDatabase({ migrate: false });
  const config = loadConfig({
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    ENGINE: 'wasm',
    AUTO_TRIAGE: '0',
    LOG_LEVEL: 'silent',
    ...options.env,
  });
  const log = options.log ?? createLogger(config.logLevel);
  const server = await startServer(config, databaseUrl, log);
  const worker = options.worker ? await startWorker(config, databaseUrl, log) : null;
  const { url } = server;
  return {
    url,
    db,
    databaseUrl,
    config,
    graphql: async <Data>(query: string, variables: object = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const answer = (await response.json()) as Omit<GraphQLAnswer<Data>, 'status'>;
      return { status: response.status, data: answer.data, errors: answer.errors };
    },
    stow: (objects, given) => stow(url, multipart(objects), given),
    close: async () => {
      await worker?.stop();
      await server.stop();
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function stow(
  url: string,
  body: Buffer,
  { study, contentType }: StowOptions = {},
): Promise<StowAnswer> {
  const response = await fetch(`${url}/dicom-web/studies${study === undefined ? '' : `/${study}`}`, {
    method: 'POST',
    headers: {
      'content-type': contentType ?? 'multipart/related; type="application/dicom"; boundary=test-boundary',
    },
    body: new Uint8Array(body),
  });
  const answer = (await response.json()) as Record<string, { Value?: Item[] }>;
  return {
    status: response.status,
    stored: answer['00081199']?.Value ?? [],
    failed: answer['00081198']?.Value ?? [],
    body: answer,
  };
}

/** Asks until the answer satisfies, at most for `patienceMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  patienceMs = 30_000,
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > until) throw new Error(`not within ${patienceMs} ms; last: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
