// Real: server, database, and the worker's own processes, one of which is killed. The models are tiny. Needs a build.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctSeries } from '../../demo/ct/ct-series.js';
import { projectRoot } from '../../server/runtime.js';
import { createTestServer, eventually, type TestServer } from '../support/server.js';
import { writeTinyCtModel, writeTinyModel } from '../support/tiny-model.js';

describe('a worker that is killed in the middle of a series', () => {
  let folder: string;
  let server: TestServer;
  const workers: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'covid-triage-ct-kill-'));
    await writeTinyModel(join(folder, 'tiny/0.0.1'));
    await writeTinyCtModel(join(folder, 'tiny-ct/0.0.1'));
    server = await createTestServer({ env: { MODEL_DIR: folder } });
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => stopped(worker, 'SIGTERM')));
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const stopped = (worker: ChildProcess, signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (worker.exitCode !== null || worker.signalCode !== null) return resolve();
      worker.once('exit', () => resolve());
      worker.kill(signal);
    });
  const startWorker = () => {
    const worker = spawn(process.execPath, [join(projectRoot(), 'dist/cli/index.js'), 'worker'], {
      env: {
        ...process.env,
        DATABASE_URL: server.databaseUrl,
        DATA_DIR: server.config.dataDir,
        MODEL_DIR: folder,
        ENGINE: 'wasm',
        LOG_LEVEL: 'silent',
      },
      stdio: 'ignore',
    });
    workers.push(worker);
    return worker;
  };

  it('leaves the series to the next one, which judges all of it', { timeout: 180_000 }, async () => {
    const files = [
      ...ctSeries({
        ...{ seed: 'kill', size: 128, spacing: 4, shuffled: true },
        disease: { kind: 'PERIPHERAL', extent: 0.25, solid: 0.2 },
        attributes: {
          ...{ patientId: 'CT-KILL', patientName: 'Demo^Computed', birthDate: '19700101', sex: 'F' },
          ...{ studyDate: '20260105', studyTime: '101500', studyDescription: 'Chest CT (synthetic)' },
          ...{ key: 'kill', seriesNumber: 2, seriesDescription: 'Chest (synthetic)', bodyPart: 'CHEST' },
        },
      }),
    ];
    expect((await server.stow(files.map(({ bytes }) => bytes))).status).toBe(200);
    const { data } = await server.graphql<{ requestTriage: { triage: { id: string } } }>(
      `mutation ($uid: ID!) { requestTriage(input: { studyInstanceUid: $uid }) {
        ... on RequestTriageSuccess { triage { id } } } }`,
      { uid: files[0]?.studyInstanceUid },
    );
    const { id } = data.requestTriage.triage;
    const read = () =>
      server.db
        .selectFrom('triage')
        .select(['status', 'progress', 'attempts'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
    const first = startWorker();
    await eventually(read, ({ progress }) => (progress ?? 0) > 0, 60_000);
    await stopped(first, 'SIGKILL');
    expect(await read()).toMatchObject({ status: 'RUNNING', attempts: 1 });

    startWorker();
    await eventually(read, ({ status }) => status === 'SUCCEEDED', 120_000);
    expect((await read()).attempts).toBe(2);
    const { slices } = await server.db
      .selectFrom('triageSlice')
      .select((e) => e.fn.countAll<number>().as('slices'))
      .where('triageId', '=', id)
      .executeTakeFirstOrThrow();
    expect(Number(slices)).toBeGreaterThan(10);
  });
});
