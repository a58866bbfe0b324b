import { runOnce } from 'graphile-worker';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TriagePriorityName } from '../../server/database/types.js';
import { estimatedSecondsLeft } from '../../server/triage/estimate.js';
import { queuePositions, recentPaces } from '../../server/triage/triage.repository.js';
import { enqueue } from '../../server/triage/queue.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

describe('what a clinician is told about the queue', () => {
  let database: TestDatabase;
  const made: string[] = [];
  const model = { modelId: 'm', modelVersion: '1' };

  const addTriage = async (values: {
    status: 'QUEUED' | 'SUCCEEDED';
    startedAt?: Date;
    finishedAt?: Date;
    priority?: TriagePriorityName;
  }) => {
    const { db } = database;
    const { rows } = await sql<{ id: string }>`
      insert into study (study_instance_uid, patient_id)
      select ${`1.2.${made.length}`}, id from patient returning id`.execute(db);
    const ended = values.status === 'SUCCEEDED';
    const { id } = await db
      .insertInto('triage')
      .values({
        studyId: rows[0]?.id ?? '',
        modelId: 'm',
        modelVersion: '1',
        inputDigest: made.length.toString(16).padStart(64, '0'),
        urgency: 0,
        ...values,
        ...(ended && { result: '{}', covidProbability: 0.5 }),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    made.push(id);
    return id;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    await sql`insert into model (id, version, digest, task, labels, active)
      values ('m', '1', repeat('a', 64), 'cxr-triage', '["COVID"]', true)`.execute(database.db);
    await sql`insert into patient (patient_id) values ('P')`.execute(database.db);
  });
  afterAll(() => database.close());

  it('places are the order in which a worker takes triages: by priority, then by when they were put in', async () => {
    const { db, url } = database;
    const priorities: TriagePriorityName[] = ['ROUTINE', 'ROUTINE', 'STAT', 'URGENT', 'ROUTINE', 'STAT'];
    const ids: string[] = [];
    for (const priority of priorities) {
      const id = await addTriage({ status: 'QUEUED', priority });
      await enqueue(db, { ...model, id, priority, requestId: null });
      ids.push(id);
    }
    // The first was requested first, but is tried again after all the others of its priority.
    await enqueue(db, { ...model, id: ids[0] ?? '', priority: 'ROUTINE', requestId: null });
    await sql`update graphile_worker._private_jobs set run_at = now() - interval '1 minute'
      where key <> ${`triage:${ids[0]}`}`.execute(db);
    const places = await queuePositions(db, ids);
    const taken: string[] = [];
    await runOnce({
      connectionString: url,
      concurrency: 1,
      noHandleSignals: true,
      taskList: { 'triage:m@1': (payload) => void taken.push((payload as { id: string }).id) },
    });
    expect([...places].sort((a, b) => a[1] - b[1]).map(([id]) => id)).toEqual(taken);
    expect(taken.at(-1)).toBe(ids[0]);
  });

  it('the pace is that of the whole system, however many are computed at once', async () => {
    const { db } = database;
    expect(await recentPaces(db)).toEqual(new Map());
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 8, 0, second));
    // Three at once of six seconds each, after a pause one of two seconds alone.
    for (const [from, to] of [
      [0, 6],
      [0, 6],
      [0, 6],
      [20, 22],
    ] as const)
      await addTriage({ status: 'SUCCEEDED', startedAt: at(from), finishedAt: at(to) });
    expect(await recentPaces(db)).toEqual(new Map([['m@1', { seconds: 5, secondsApart: 2 }]]));
    // Of the last twenty, each follows the one before it, also the first: ten at once, of which one ends each second.
    for (let end = 100; end < 125; end++)
      await addTriage({ status: 'SUCCEEDED', startedAt: at(end - 10), finishedAt: at(end) });
    expect(await recentPaces(db)).toEqual(new Map([['m@1', { seconds: 10, secondsApart: 1 }]]));
  });

  it.each([
    ['the third in the queue behind one that runs', 'QUEUED', 3, 8],
    ['the first behind nothing: not faster than one is', 'QUEUED', 1, 5],
    ['one that has run for two seconds', 'RUNNING', null, 3],
    ['one that has run longer than usual: never nothing', 'RUNNING', null, 0.5],
    ['one that has run more than twice as long: nobody knows', 'RUNNING', null, null],
    ['one that has ended', 'SUCCEEDED', null, null],
  ] as const)('estimates %s', (name, status, position, seconds) => {
    const running = name.includes('behind nothing') ? 0 : 1;
    const started = name.includes('twice') ? -11 : name.includes('longer') ? -9 : -2;
    const now = new Date('2026-01-01T08:00:00Z');
    const row = { status, startedAt: new Date(now.getTime() + started * 1000) };
    const state = { running, isServed: true, pace: { seconds: 5, secondsApart: 2 } };
    expect(estimatedSecondsLeft(row, position, state, now)).toBe(seconds);
    expect(estimatedSecondsLeft(row, position, { ...state, isServed: false }, now)).toBeNull();
    expect(estimatedSecondsLeft(row, position, { ...state, pace: null }, now)).toBeNull();
  });
});
