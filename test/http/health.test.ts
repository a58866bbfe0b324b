// Real: server, database and object store. The store's folder is taken away, since a disk cannot be filled here.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { createTestServer, eventually, type TestServer } from '../support/server.js';
import { writeTinyModel } from '../support/tiny-model.js';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'covid-triage-health-'));
  await writeTinyModel(join(folder, 'tiny/0.0.1'));
  server = await createTestServer({ env: { MODEL_DIR: folder } });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const readiness = async () => {
  const response = await fetch(`${server.url}/readyz`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

it('is ready exactly while uploads can be stored', async () => {
  const incoming = join(server.config.objectStore.slice('file:'.length), 'incoming');
  const film = await makeDicom({ seed: 1, studyUid: uidOf('health study'), rows: 80, columns: 72 });
  const body = { status: 'ok', database: 'ok', storage: 'ok', workers: 0 };
  expect(await readiness()).toEqual({ status: 200, body });
  await rm(incoming, { recursive: true });
  expect((await server.stow([film])).status).toBe(503);
  const refused = await eventually(readiness, ({ status }) => status !== 200);
  expect(refused).toMatchObject({ status: 503, body: { status: 'unavailable', database: 'ok' } });
  expect(refused.body.storage).not.toBe('ok');
  await mkdir(incoming);
  await eventually(readiness, ({ status }) => status === 200);
  expect((await server.stow([film])).status).toBe(200);
});
