// Real: database, queue's tables, object store, decoder and inference thread. The model is tiny and accepts everything.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TriageRow } from '../../server/database/types.js';
import type { StoredResult } from '../../server/triage/triage.result.js';
import { claim } from '../../server/triage/task/claim.js';
import { maximumPictures } from '../../server/triage/task/judge-pictures.js';
import { store } from '../../server/triage/task/store.js';
import { NotOurs, type Verdict } from '../../server/triage/task/tools.js';
import { runTriage } from '../../server/triage/triage.task.js';
import { makeDicom, phantomPixels, uidOf } from '../support/dicom-factory.js';
import { eventually } from '../support/server.js';
import { createTriageBench, type TriageBench } from '../support/triage-tools.js';

const by = { actor: 'dr', requestId: 'r-1' };
// Just large enough to be judged.
const size = { rows: 80, columns: 72 };

describe('one attempt at a triage', () => {
  let bench: TriageBench;
  let made = 0;

  const stow = async (files: Uint8Array[]) => expect((await bench.server.stow(files)).status).toBe(200);
  const image = (studyUid: string, seed: number, sopUid = uidOf(`task ${studyUid} ${seed}`)) =>
    makeDicom({
      ...size,
      seed,
      studyUid,
      sopUid,
      seriesUid: uidOf(`task series ${studyUid}`),
      patientId: studyUid,
    });
  const newStudy = async (count = 1) => {
    const uid = uidOf(`task study ${made++}`);
    await stow(await Promise.all(Array.from({ length: count }, (_, n) => image(uid, n + 1))));
    return uid;
  };
  const request = async (studyInstanceUid: string): Promise<TriageRow> => {
    const input = { studyInstanceUid, modelId: null, priority: 'URGENT', source: 'REQUEST' } as const;
    const outcome = await bench.tools.service.request(input, by);
    if ('problem' in outcome) throw new Error(outcome.message);
    return outcome.triage;
  };
  const read = (id: string) =>
    bench.tools.db.selectFrom('triage').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const resultOf = async (id: string) => (await read(id)).result as StoredResult;
  const findingsOf = (id: string) =>
    bench.tools.db.selectFrom('finding').selectAll().where('triageId', '=', id).execute();
  const eventsOf = (id: string) =>
    bench.tools.db
      .selectFrom('triageEvent')
      .select(['toStatus', 'actor', 'requestId'])
      .where('triageId', '=', id)
      .orderBy('id')
      .execute();

  beforeAll(async () => {
    bench = await createTriageBench();
  });
  afterAll(() => bench.close());

  it('judges every image: the result is that of the one with the highest COVID probability', async () => {
    const { tools } = bench;
    const seeds = Array.from({ length: 12 }, (_, n) => n + 1);
    const studyUid = uidOf('task study of twelve');
    const covid = await Promise.all(
      seeds.map(async (seed) => {
        const picture = await tools.decoder.renderDisplay(await image(studyUid, seed), 0);
        const context = { modality: 'DX', viewPosition: null, bodyPartExamined: null };
        const { prediction } = await tools.inference.predict(picture, context);
        return prediction.findings.find(({ code }) => code === 'COVID')?.probability ?? 0;
      }),
    );
    // The most suspicious picture bears the last UID.
    const ordered = seeds.toSorted((a, b) => (covid[a - 1] ?? 0) - (covid[b - 1] ?? 0));
    const uids = ordered.map((_, place) => `1.2.3.9.${String(100 + place)}`);
    await stow(await Promise.all(ordered.map((seed, place) => image(studyUid, seed, uids[place] ?? ''))));
    const { id } = await request(studyUid);
    await runTriage(tools, id);
    const row = await read(id);
    expect(row.status).toBe('SUCCEEDED');
    expect((row.result as StoredResult).sopInstanceUid).toBe(uids.at(-1));
    expect(row.covidProbability).toBeCloseTo(Math.max(...covid), 5);
  });

  it('judges every frame', async () => {
    const studyUid = uidOf('task study of frames');
    const blank = new Array<number>(size.rows * size.columns).fill(100);
    const pixels = [...blank, ...phantomPixels(5, size.rows, size.columns, 10, 200)];
    await stow([await makeDicom({ ...size, studyUid, frames: 2, bitsAllocated: 8, bitsStored: 8, pixels })]);
    const { id } = await request(studyUid);
    await runTriage(bench.tools, id);
    const result = await resultOf(id);
    expect(result.frameNumber).toBe(2);
    // The first frame is blank: the model declines it.
    expect(result.quality.warningCodes).toContain('IMAGE_DECLINED');
  });

  it('says which images could not be read, and how many were left out', async () => {
    const studyUid = await newStudy(1);
    const damaged = Buffer.from(
      await makeDicom({
        seed: 9,
        studyUid,
        patientId: studyUid,
        sopUid: '1.2.3.4.5',
        syntax: 'jpegLosslessSv1',
        rows: 128,
        columns: 128,
      }),
    );
    damaged.fill(0x55, damaged.length - 2000, damaged.length - 200);
    await stow([damaged]);
    const { id } = await request(studyUid);
    await runTriage(bench.tools, id);
    const { quality } = await resultOf(id);
    expect(quality.warningCodes.filter((code) => code === 'IMAGE_UNREADABLE')).toHaveLength(1);
    expect(quality.warnings).toHaveLength(quality.warningCodes.length);
    expect(quality.warnings.join()).toContain('damaged');

    const many = await request(await newStudy(maximumPictures + 3));
    await runTriage(bench.tools, many.id);
    const left = (await resultOf(many.id)).quality;
    expect(left.warningCodes).toContain('IMAGES_LEFT_OUT');
    expect(left.warnings.join()).toContain('Left out: 3.');
  });

  it('fails as a whole, to be tried again, when a picture finds the engine busy', async () => {
    const { id } = await request(await newStudy(6));
    const tools = await bench.withInference({ maxQueue: 1, batchSize: 8, batchWaitMs: 1000 });
    await expect(runTriage(tools, id)).rejects.toThrow(/already wait/);
    await tools.inference.close();
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 1, result: null });
    await runTriage(bench.tools, id);
    expect(await read(id)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
  });

  it('gives way when an image has come since it was asked for', async () => {
    const studyUid = await newStudy();
    const first = await request(studyUid);
    await stow([await image(studyUid, 50)]);
    await runTriage(bench.tools, first.id);
    expect(await read(first.id)).toMatchObject({ status: 'CANCELLED', superseded: true });
    expect(await findingsOf(first.id)).toEqual([]);
    const all = () =>
      bench.tools.db.selectFrom('triage').selectAll().where('studyId', '=', first.studyId).execute();
    const newer = (await all()).find(({ id }) => id !== first.id);
    expect(newer).toMatchObject({ status: 'QUEUED', superseded: false, priority: 'URGENT' });
    expect(newer?.inputDigest).not.toBe(first.inputDigest);
    await runTriage(bench.tools, newer?.id ?? '');
    expect(await all()).toHaveLength(2);
    expect((await read(newer?.id ?? '')).status).toBe('SUCCEEDED');
  });

  it.each(['QUEUED', 'RUNNING'])(
    'hands its priority on to the triage of a new film while %s',
    async (state) => {
      const studyUid = await newStudy();
      const first = await request(studyUid);
      if (state === 'RUNNING') await claim(bench.tools, first.id);
      await stow([await image(studyUid, 50)]);
      // As the server asks by itself once the study is quiet.
      const input = { modelId: null, priority: 'ROUTINE', source: 'AUTO' } as const;
      const outcome = await bench.tools.service.request({ ...input, studyInstanceUid: studyUid }, by);
      expect(outcome.triage?.id).not.toBe(first.id);
      const wanted = { priority: 'URGENT', priorityReason: 'READER_WAITS', urgency: 800 };
      expect(outcome.triage).toMatchObject({ ...wanted, status: 'QUEUED' });
    },
  );

  it('hands no priority on once it has ended', async () => {
    const studyUid = await newStudy();
    const first = await request(studyUid);
    await runTriage(bench.tools, first.id);
    await stow([await image(studyUid, 50)]);
    const input = { modelId: null, priority: 'ROUTINE', source: 'AUTO' } as const;
    const outcome = await bench.tools.service.request({ ...input, studyInstanceUid: studyUid }, by);
    expect(outcome.triage).toMatchObject({ priority: 'ROUTINE', priorityReason: null, urgency: 450 });
  });

  it('is not tried again once newer images have come: theirs is to be asked for', async () => {
    const studyUid = await newStudy();
    const { id } = await request(studyUid);
    await bench.tools.service.cancel(id, by);
    await stow([await image(studyUid, 50)]);
    const outcome = await bench.tools.service.retry(id, by);
    expect(outcome).toMatchObject({ problem: 'TriageStateConflict', triage: { id, status: 'CANCELLED' } });
    expect('message' in outcome && outcome.message).toMatch(/superseded.*ask for that/);
    expect((await read(id)).status).toBe('CANCELLED');
    expect((await request(studyUid)).id).not.toBe(id);
  });

  it('never takes a triage of another model', async () => {
    const { db } = bench.tools;
    const { id } = await request(await newStudy());
    await sql`insert into model (id, version, digest, task, labels, active)
      values ('tiny', '0.0.2', repeat('b', 64), 'ct-triage', '[]', true)`.execute(db);
    await sql`alter table triage disable trigger triage_guard`.execute(db);
    await db.updateTable('triage').set({ modelVersion: '0.0.2' }).where('id', '=', id).execute();
    await sql`alter table triage enable trigger triage_guard`.execute(db);
    await runTriage(bench.tools, id);
    expect(await read(id)).toMatchObject({ status: 'QUEUED', attempts: 0 });
  });

  it('of an earlier life writes nothing over the present one', async () => {
    const { tools } = bench;
    const { id } = await request(await newStudy());
    const verdict: Verdict = { kind: 'ABSTAINED', code: 'LATERAL_VIEW', detail: null };
    const first = await claim(tools, id);
    await tools.service.cancel(id, by);
    await tools.service.retry(id, by);
    const second = await claim(tools, id);
    if (!first || !second) throw new Error('not claimed');
    await expect(store(tools, first, verdict, 0)).rejects.toThrow(NotOurs);
    expect((await read(id)).status).toBe('RUNNING');
    await store(tools, second, verdict, 0);
    expect((await read(id)).status).toBe('ABSTAINED');
  });

  it('ends without a trace when it is cancelled while it runs; who did it is recorded', async () => {
    const { tools, server } = bench;
    const { id } = await request(await newStudy());
    let release = () => {};
    const held = server.db.transaction().execute(async (trx) => {
      await sql`lock table instance in access exclusive mode`.execute(trx);
      await new Promise<void>((resolve) => (release = resolve));
    });
    await eventually(
      async () =>
        (
          await sql<{ n: number }>`select count(*)::int as n from pg_locks
        where mode = 'AccessExclusiveLock' and relation = 'instance'::regclass`.execute(tools.db)
        ).rows[0]?.n,
      (n) => n === 1,
    );
    const run = runTriage(tools, id);
    await eventually(
      () => read(id),
      ({ status }) => status === 'RUNNING',
    );
    const { data } = await server.graphql<{ cancelTriage: { __typename: string } }>(
      'mutation ($id: ID!) { cancelTriage(id: $id) { __typename } }',
      { id },
    );
    expect(data.cancelTriage.__typename).toBe('CancelTriageSuccess');
    release();
    await held;
    await run;
    expect((await read(id)).status).toBe('CANCELLED');
    expect(await findingsOf(id)).toEqual([]);
    const events = await eventsOf(id);
    expect(events.map(({ toStatus, actor }) => [toStatus, actor])).toEqual([
      ['QUEUED', 'dr'],
      ['RUNNING', 'the-worker'],
      ['CANCELLED', 'local'],
    ]);
    expect(events[0]?.requestId).toBe('r-1');
    expect(events[2]?.requestId).toMatch(/^[0-9a-f-]{36}$/);

    await tools.service.retry(id, { actor: 'nurse', requestId: 'r-2' });
    await runTriage(tools, id);
    expect((await read(id)).status).toBe('SUCCEEDED');
    expect((await eventsOf(id)).slice(3)).toEqual([
      { toStatus: 'QUEUED', actor: 'nurse', requestId: 'r-2' },
      { toStatus: 'RUNNING', actor: 'the-worker', requestId: 'r-2' },
      { toStatus: 'SUCCEEDED', actor: 'the-worker', requestId: 'r-2' },
    ]);
    await tools.service.review(
      { triageId: id, verdict: 'ACCEPTED', finding: null, severityLevel: null, comment: null },
      { actor: 'dr', requestId: 'r-3' },
    );
    const reviews = await tools.db.selectFrom('review').selectAll().where('triageId', '=', id).execute();
    expect(reviews).toMatchObject([{ reviewer: 'dr', requestId: 'r-3' }]);
  });

  it('measures the wait from when it was last put in the queue', async () => {
    const { tools } = bench;
    const { id } = await request(await newStudy());
    const before = new Date(Date.now() - 48 * 3_600_000);
    await tools.db
      .updateTable('triage')
      .set({ requestedAt: before, queuedAt: before })
      .where('id', '=', id)
      .execute();
    await tools.service.cancel(id, by);
    await tools.service.retry(id, by);
    await runTriage(tools, id);
    expect((await resultOf(id)).durations.queuedMs).toBeLessThan(600_000);
  });

  it('is asked for of the model that is active, also by a process that still has an older one', async () => {
    const { db } = bench.tools;
    const studyUid = await newStudy();
    await sql`update model set active = false where task = 'cxr-triage'`.execute(db);
    await sql`insert into model (id, version, digest, task, labels, active)
      values ('tiny', '0.0.3', repeat('c', 64), 'cxr-triage', '[]', true)`.execute(db);
    const newer = await request(studyUid);
    expect(newer.modelVersion).toBe('0.0.3');
    expect((await request(studyUid)).id).toBe(newer.id);
  });
});
