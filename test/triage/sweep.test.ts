// Real: database, queue, worker, decoder, inference thread. What is made up is how workers are lost.
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../server/log.js';
import { enqueue } from '../../server/triage/queue.js';
import { createSweep, deadlineSeconds } from '../../server/triage/sweep.js';
import { startTriageWorker, type TriageWorker } from '../../server/triage/worker.js';
import {
  lifeLock,
  liveWorkers,
  queueState,
  signOfLife,
  silenceSeconds,
} from '../../server/triage/worker.repository.js';
import { makeDicom, uidOf } from '../support/dicom-factory.js';
import { eventually } from '../support/server.js';
import { createTriageBench, type TriageBench } from '../support/triage-tools.js';

const engine = { name: 'wasm', device: 'test', version: '1', gpu: false, reason: '' } as const;

describe('work that was lost', () => {
  let bench: TriageBench;
  let made = 0;
  const undo: (() => Promise<unknown>)[] = [];

  const db = () => bench.tools.db;
  const sweep = () => createSweep(bench.tools)();
  const request = async (requestId: string | null = 'r-1') => {
    const studyInstanceUid = uidOf(`sweep study ${made++}`);
    const file = await makeDicom({ seed: made, studyUid: studyInstanceUid, rows: 80, columns: 72 });
    await bench.server.stow([file]);
    const input = { studyInstanceUid, modelId: null, priority: 'ROUTINE', source: 'REQUEST' } as const;
    const outcome = await bench.tools.service.request(input, { actor: 'dr', requestId });
    if ('problem' in outcome) throw new Error(outcome.message);
    return outcome.triage;
  };
  const read = (id: string) =>
    db().selectFrom('triage').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const jobs = async () =>
    (
      await sql<{ id: string; key: string | null; attempts: number; lockedBy: string | null; task: string }>`
        select id, key, attempts, locked_by as "lockedBy", task_identifier as task
        from graphile_worker.jobs order by id`.execute(db())
    ).rows;
  const jobOf = async (id: string) => (await jobs()).find(({ key }) => key === `triage:${id}`);
  /** As a worker leaves it that takes a job and is then seen no more. */
  const takeBy = async (runner: string, key: string, agoSeconds = 60) =>
    sql`update graphile_worker._private_jobs set attempts = attempts + 1, locked_by = ${runner},
      locked_at = now() - make_interval(secs => ${agoSeconds}) where key = ${key}`.execute(db());
  const runBy = (worker: string, id: string, attempts = 1) =>
    db()
      .updateTable('triage')
      .set({ status: 'RUNNING', workerId: worker, startedAt: new Date(), attempts })
      .where('id', '=', id)
      .execute();
  /** A worker that lives: it holds its lock and was just seen. */
  const livingWorker = async (models: string[] = [], runner = randomUUID()) => {
    const id = randomUUID();
    const client = new pg.Client({ connectionString: bench.server.databaseUrl });
    await client.connect();
    await client.query(lifeLock, [id]);
    undo.push(() => client.end());
    await signOfLife(db(), { id, engine, concurrency: 1, models, runners: [runner] });
    return { id, runner };
  };
  const startWorker = async (log = bench.tools.log): Promise<TriageWorker> => {
    const options = { databaseUrl: bench.server.databaseUrl, concurrency: 2 };
    const worker = await startTriageWorker({ ...bench.tools, ...options, log });
    undo.push(() => worker.stop());
    return worker;
  };

  beforeAll(async () => {
    bench = await createTriageBench();
  });
  afterEach(async () => {
    for (const step of undo.splice(0)) await step();
    await sql`select graphile_worker.remove_job(key) from graphile_worker.jobs where key is not null`.execute(
      db(),
    );
    await db().deleteFrom('worker').execute();
    await db().deleteFrom('study').execute();
  });
  afterAll(() => bench.close());

  it('goes back in the queue: taken by a worker that is gone', async () => {
    const { id } = await request();
    const before = await jobOf(id);
    await takeBy('gone', `triage:${id}`);
    await runBy('gone', id);
    await sweep();
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 1 });
    const after = await jobs();
    expect(after).toMatchObject([{ key: `triage:${id}`, attempts: 0, lockedBy: null }]);
    // Were it the same row, the lost worker, should it wake, would take it away.
    expect(after[0]?.id).not.toBe(before?.id);
  });

  it('goes back in the queue: running, but its job is gone', async () => {
    const { id } = await request();
    const { id: worker } = await livingWorker();
    await sql`select graphile_worker.remove_job(${`triage:${id}`})`.execute(db());
    await runBy(worker, id);
    await sweep();
    expect((await read(id)).status).toBe('QUEUED');
    expect(await jobOf(id)).toMatchObject({ attempts: 0 });
  });

  it.each(['gone', 'used up', 'of another task'])('gets a job: queued, but its job is %s', async (how) => {
    const { id } = await request();
    const job = await jobOf(id);
    if (how === 'gone') await sql`select graphile_worker.remove_job(${`triage:${id}`})`.execute(db());
    if (how === 'used up') {
      await sql`select graphile_worker.permanently_fail_jobs(array[${job?.id}::bigint], 'x')`.execute(db());
    }
    if (how === 'of another task') {
      await sql`select graphile_worker.add_job('triage', job_key => ${`triage:${id}`})`.execute(db());
    }
    await sweep();
    expect(await jobs()).toMatchObject([
      { key: `triage:${id}`, attempts: 0, task: 'triage:tiny@0.0.1', lockedBy: null },
    ]);
  });

  it('is left alone while its worker lives', async () => {
    const { id } = await request();
    const { id: worker, runner } = await livingWorker();
    await takeBy(runner, `triage:${id}`, 3600);
    await runBy(worker, id);
    const automatic = `select graphile_worker.add_job('auto_triage', job_key => 'auto:1.2')`;
    await sql.raw(automatic).execute(db());
    await takeBy(runner, 'auto:1.2', 3600);
    const before = await jobs();
    await sweep();
    expect((await read(id)).status).toBe('RUNNING');
    expect(await jobs()).toEqual(before);
    await sql`delete from graphile_worker._private_jobs`.execute(db());
  });

  it('is given up after as many attempts as the queue allows, and leaves no job', async () => {
    const { id } = await request();
    await takeBy('gone', `triage:${id}`);
    await runBy('gone', id, 4);
    await sweep();
    expect(await read(id)).toMatchObject({
      status: 'FAILED',
      problemCode: 'WORKER_LOST',
      problemRetryable: true,
    });
    expect(await jobs()).toEqual([]);
    await bench.tools.service.retry(id, { actor: 'dr', requestId: null });
    await takeBy('gone', `triage:${id}`);
    await runBy('gone', id, 5);
    await sweep();
    expect((await read(id)).status).toBe('QUEUED');
  });

  it('is taken from a worker that holds its lock but has stopped', async () => {
    const { id } = await request();
    const { id: worker, runner } = await livingWorker();
    await takeBy(runner, `triage:${id}`);
    await runBy(worker, id);
    await sql`update worker set seen_at = now() - make_interval(secs => ${silenceSeconds + 1})`.execute(db());
    await sweep();
    expect((await read(id)).status).toBe('QUEUED');
    expect((await liveWorkers(db())).count).toBe(0);
  });

  it('is taken from a worker that lives but makes no progress', async () => {
    const { id } = await request();
    const { id: worker, runner } = await livingWorker();
    await takeBy(runner, `triage:${id}`);
    await runBy(worker, id);
    await sql`alter table triage disable trigger triage_guard`.execute(db());
    await sql`update triage set updated_at = now() - make_interval(secs => ${deadlineSeconds + 1})`.execute(
      db(),
    );
    await sql`alter table triage enable trigger triage_guard`.execute(db());
    await sweep();
    expect((await read(id)).status).toBe('QUEUED');
    expect(await jobOf(id)).toMatchObject({ attempts: 0, lockedBy: null });
    await sql`delete from graphile_worker._private_jobs where key is null`.execute(db());
  });

  it('is computed by a real worker although the end of its first attempt could not be written', async () => {
    const { id } = await request('r-77');
    await sql`create function refuse_end() returns trigger language plpgsql as $$
      begin raise exception 'no'; end $$`.execute(db());
    await sql`create trigger refuse_end before update on triage for each row
      when (old.status = 'RUNNING' and new.status <> 'RUNNING') execute function refuse_end()`.execute(db());
    const lines: string[] = [];
    await startWorker(createLogger('info', { write: (line) => void lines.push(line) }));
    await eventually(
      () => read(id),
      ({ attempts }) => attempts >= 1,
    );
    await eventually(
      () => jobOf(id),
      (job) => job?.lockedBy === null,
    );
    expect((await read(id)).status).toBe('RUNNING');
    await sql`drop trigger refuse_end on triage`.execute(db());
    const ended = await eventually(
      () => read(id),
      ({ status }) => status !== 'QUEUED' && status !== 'RUNNING',
    );
    expect(ended.status).toBe('SUCCEEDED');
    const attempt = lines.map((line) => JSON.parse(line) as Record<string, string>).find(({ code }) => code);
    expect(attempt).toMatchObject({ requestId: 'r-77', triageId: id });
    expect(attempt?.jobId).toBeDefined();
  });

  it('is computed although the worker that lives has its job and does not run it', async () => {
    const { id } = await request();
    await sql`select graphile_worker.add_job('auto_triage', job_key => 'auto:1.3', max_attempts => 1,
      payload => '{"studyInstanceUid":"1.3","requestId":"r"}')`.execute(db());
    const keys = [`triage:${id}`, 'auto:1.3'];
    // Out of reach until the worker's names are known.
    for (const key of keys) await takeBy('nobody', key, -3600);
    await startWorker();
    const { runners } = await eventually(
      () => db().selectFrom('worker').select('runners').executeTakeFirstOrThrow(),
      (worker) => worker.runners.length === 2,
    );
    for (const key of keys) await takeBy(runners[0] ?? '', key);
    const { status } = await eventually(
      () => read(id),
      (triage) => triage.status !== 'QUEUED' && triage.status !== 'RUNNING',
    );
    expect(status).toBe('SUCCEEDED');
    await eventually(jobs, (left) => left.length === 0);
  });

  it.each(['DELETE', 'UPDATE'])(
    'goes on after a full disk: the queue could not write that a job had ended (%s)',
    async (how) => {
      // As PostgreSQL says it, at the moment the queue ends a job.
      await sql`create or replace function disk_full() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file "base/1/2": No space left on device'
          using errcode = 'disk_full'; end $$`.execute(db());
      const at = how === 'DELETE' ? sql`delete` : sql`update`;
      const when = how === 'DELETE' ? sql`` : sql`when (new.last_error is distinct from old.last_error)`;
      await sql`create trigger disk_full before ${at} on graphile_worker._private_jobs for each row ${when}
        execute function disk_full()`.execute(db());
      if (how === 'UPDATE') {
        await sql`create or replace function refuse_end() returns trigger language plpgsql as $$
          begin raise exception 'no'; end $$`.execute(db());
        await sql`create trigger refuse_end before update on triage for each row
          when (old.status = 'RUNNING' and new.status <> 'RUNNING') execute function refuse_end()`.execute(
          db(),
        );
      }
      // One for each runner: none is left.
      const first = [await request(), await request()];
      const lines: string[] = [];
      await startWorker(createLogger('info', { write: (line) => void lines.push(line) }));
      await eventually(
        async () => lines.filter((line) => line.includes('No space left on device')).length,
        (count) => count >= 2,
      );
      await sql`drop trigger disk_full on graphile_worker._private_jobs`.execute(db());
      if (how === 'UPDATE') await sql`drop trigger refuse_end on triage`.execute(db());
      const { id } = await request();
      for (const triage of [...first, { id }]) {
        const { status } = await eventually(
          () => read(triage.id),
          (row) => row.status !== 'QUEUED' && row.status !== 'RUNNING',
          60_000,
        );
        expect(status).toBe('SUCCEEDED');
      }
      await eventually(jobs, (left) => left.length === 0, 60_000);
    },
  );

  it('looks at a quiet study in the end, however often the end of that could not be written', async () => {
    await sql`select graphile_worker.add_job('auto_triage', job_key => 'auto:1.4', max_attempts => 2)`.execute(
      db(),
    );
    await takeBy('gone', 'auto:1.4');
    await takeBy('gone', 'auto:1.4');
    await sweep();
    expect(await jobs()).toMatchObject([{ key: 'auto:1.4', attempts: 1, lockedBy: null }]);
  });

  it('waits for a worker that has its model; when the model is no longer served, the present one does it', async () => {
    const first = await request();
    await sql`insert into model (id, version, digest, task, labels, active)
      values ('old', '1', repeat('b', 64), 'cxr-triage', '[]', false) on conflict do nothing`.execute(db());
    const old = { modelId: 'old', modelVersion: '1' };
    await sql`alter table triage disable trigger triage_guard`.execute(db());
    await db().updateTable('triage').set(old).where('id', '=', first.id).execute();
    await sql`alter table triage enable trigger triage_guard`.execute(db());
    await enqueue(db(), { ...first, ...old });
    await livingWorker(['old@1']);
    await startWorker();
    const served = async () => (await queueState(db())).served;
    expect(await served()).toEqual(new Set(['old@1', 'tiny@0.0.1']));
    await sweep();
    expect(await read(first.id)).toMatchObject({ status: 'QUEUED', superseded: false });
    await sql`delete from worker where 'old@1' = any(models)`.execute(db());
    expect(await served()).toEqual(new Set(['tiny@0.0.1']));
    await sweep();
    expect(await read(first.id)).toMatchObject({ status: 'CANCELLED', superseded: true });
    const { id } = await db()
      .selectFrom('triage')
      .select('id')
      .where('studyId', '=', first.studyId)
      .where('superseded', '=', false)
      .executeTakeFirstOrThrow();
    expect(
      await eventually(
        () => read(id),
        ({ status }) => status === 'SUCCEEDED',
      ),
    ).toMatchObject({ modelId: 'tiny', modelVersion: '0.0.1' });
  });

  it('is seen by any number of observers at once', async () => {
    await livingWorker();
    await signOfLife(db(), { id: randomUUID(), engine, concurrency: 1, models: [], runners: [] });
    const counts = await Promise.all(Array.from({ length: 40 }, async () => (await liveWorkers(db())).count));
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  it('forgets workers that are gone, but what the newest computed on', async () => {
    for (let n = 0; n < 3; n++) {
      const device = `test ${n}`;
      const sign = {
        id: randomUUID(),
        engine: { ...engine, device },
        concurrency: 1,
        models: [],
        runners: [],
      };
      await signOfLife(db(), sign);
    }
    await sweep();
    expect(await db().selectFrom('worker').select('id').execute()).toHaveLength(1);
    expect(await liveWorkers(db())).toMatchObject({ count: 0, engine: { device: 'test 2' } });
  });
});
