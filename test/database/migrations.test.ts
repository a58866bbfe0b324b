import { migrations } from '../../migrations/index.js';
// Real: PostgreSQL and the migrations.
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateDown, migrateToLatest, migrationStatus } from '../../server/database/migrator.js';
import { migrate } from '../../server/main.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let test: TestDatabase;
const digest = 'a'.repeat(64);

beforeAll(async () => {
  test = await createTestDatabase({ migrate: false });
});
afterAll(() => test?.close());

const names = Object.keys(migrations);

it('goes up, down and up again', async () => {
  expect(await migrateToLatest(test.db)).toEqual(names);
  expect(await migrateDown(test.db, true)).toEqual([...names].reverse());
  expect(await migrateToLatest(test.db)).toEqual(names);
  expect(await migrateToLatest(test.db)).toEqual([]);
  expect((await migrationStatus(test.db)).every((one) => one.appliedAt !== null)).toBe(true);
});

it('lets a triage end once, records its life and refuses other ways', async () => {
  const { db } = test;
  const patient = { patientId: 'P1', birthDate: '1960-02-29' };
  const { id: patientId, birthDate } = await db
    .insertInto('patient')
    .values(patient)
    .returning(['id', 'birthDate'])
    .executeTakeFirstOrThrow();
  expect(birthDate).toBe('1960-02-29');
  const study = await db
    .insertInto('study')
    .values({ studyInstanceUid: '1.2.3', patientId })
    .returning('id')
    .executeTakeFirstOrThrow();
  const model = { id: 'm', version: '1', digest, task: 'cxr-triage', labels: '["NORMAL"]', active: true };
  await db.insertInto('model').values(model).execute();
  const triage = await db
    .insertInto('triage')
    .values({ studyId: study.id, modelId: 'm', modelVersion: '1', inputDigest: digest })
    .returning('id')
    .executeTakeFirstOrThrow();
  const update = (values: object) =>
    db.updateTable('triage').set(values).where('id', '=', triage.id).execute();
  const ended = {
    status: 'SUCCEEDED',
    finishedAt: new Date(),
    covidProbability: 0.4,
    result: JSON.stringify({ engineName: 'wasm' }),
  };
  await expect(update(ended)).rejects.toThrow(/cannot go from QUEUED to SUCCEEDED/);
  await expect(
    db.insertInto('review').values({ triageId: triage.id, verdict: 'ACCEPTED', reviewer: 'local' }).execute(),
  ).rejects.toThrow(/can be reviewed/);
  await update({ status: 'RUNNING', startedAt: new Date(), progress: 0 });
  await update(ended);
  await expect(update({ ...ended, result: '{}' })).rejects.toThrow(/final/);
  await expect(update({ status: 'QUEUED' })).rejects.toThrow();
  await update({ superseded: true });
  await db
    .insertInto('review')
    .values({ triageId: triage.id, verdict: 'ACCEPTED', reviewer: 'local' })
    .execute();
  const stored = await db.selectFrom('triage').selectAll().executeTakeFirstOrThrow();
  expect(stored).toMatchObject({ reviewed: true, superseded: true, result: { engineName: 'wasm' } });
  const events = await db.selectFrom('triageEvent').select('toStatus').orderBy('id').execute();
  expect(events.map((event) => event.toStatus)).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
  await expect(db.updateTable('triageEvent').set({ actor: 'x' }).execute()).rejects.toThrow(/only added/);

  // The history is only taken away together with the whole study.
  const { db: all } = test;
  await expect(all.deleteFrom('triageEvent').execute()).rejects.toThrow(/only added to/);
  await expect(all.deleteFrom('review').execute()).rejects.toThrow(/only added to/);
  await expect(all.updateTable('review').set({ verdict: 'REJECTED' }).execute()).rejects.toThrow(
    /only added to/,
  );
  for (const table of ['triage_event', 'review']) {
    await expect(sql`truncate ${sql.table(table)}`.execute(all)).rejects.toThrow(/only added to/);
  }
  await all.deleteFrom('study').execute();
  expect(await all.selectFrom('triageEvent').select('id').execute()).toEqual([]);
  expect(await all.selectFrom('review').select('id').execute()).toEqual([]);
});

it('is brought to this version once by processes that start together', async () => {
  const fresh = await createTestDatabase({ migrate: false });
  try {
    const done = await Promise.all(Array.from({ length: 8 }, () => migrate(fresh.db, fresh.url)));
    expect(done.filter((applied) => applied.length > 0)).toEqual([names]);
  } finally {
    await fresh.close();
  }
});
