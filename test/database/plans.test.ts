import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  findStored,
  isReferenced,
  patientByPatientId,
  patientPage,
  studiesOfPatients,
  studyByUid,
} from '../../server/study/study.repository.js';
import {
  currentTriages,
  queuePositions,
  triagesOfStudies,
  worklistPage,
} from '../../server/triage/triage.repository.js';
import type { Db } from '../../server/database/types.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

interface Sent {
  text: string;
  values: unknown[];
}

const everything = {
  status: null,
  patientId: null,
  reviewed: null,
  minCovidProbability: null,
  requestedSince: null,
  includeSuperseded: false,
};

describe('hot queries on a large database', () => {
  let database: TestDatabase;
  let db: Db;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ db } = database);
    await sql`insert into model (id, version, digest, task, labels, active)
      values ('m', '1', repeat('a', 64), 'cxr-triage', '["COVID"]', true)`.execute(db);
    await sql`insert into patient (patient_id, name)
      select 'P' || lpad(n::text, 6, '0'), 'Family' || (n * 7919 % 20000) || '^Given' from generate_series(1, 20000) n`.execute(
      db,
    );
    await sql`insert into study (study_instance_uid, patient_id)
      select '1.2.' || row_number() over (), id from patient`.execute(db);
    await sql`insert into triage (study_id, model_id, model_version, input_digest, urgency, status, finished_at, superseded)
      select id, 'm', '1', encode(sha256(id::text::bytea), 'hex'), (random() * 900)::int, state,
        case when state = 'CANCELLED' then now() end, random() < 0.5
      from (select id, case when random() < 0.05 then 'QUEUED' else 'CANCELLED' end as state from study) s`.execute(
      db,
    );
    await sql`select count(graphile_worker.add_job('triage', job_key => 'triage:' || id)) from triage
      where status = 'QUEUED'`.execute(db);
    await sql`insert into series (study_id, series_instance_uid, modality)
      select id, study_instance_uid || '.1', 'DX' from study`.execute(db);
    await sql`insert into instance (series_id, sop_instance_uid, sop_class_uid, transfer_syntax_uid, object_digest, object_size, source)
      select id, series_instance_uid || '.1', '1', '1', repeat('c', 64), 1, 'TEST' from series`.execute(db);
    await sql`analyze`.execute(db);
  });
  afterAll(() => database.close());

  /** The plan of the one statement that the repository's own function sends. */
  const plan = async (ask: (db: Db) => Promise<unknown>): Promise<string> => {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    await ask(db);
    const sent = query.mock.calls.map(([text, values]) => ({ text, values }) as unknown as Sent);
    query.mockRestore();
    const [statement, ...more] = sent.filter(
      ({ text }) => typeof text === 'string' && /^\s*select/i.test(text),
    );
    if (!statement || more.length > 0) throw new Error('not one statement');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<Record<string, string>>(
      `explain ${statement.text}`,
      statement.values,
    );
    await client.end();
    return rows.map((row) => Object.values(row).join('')).join('\n');
  };
  const id = '00000000-0000-0000-0000-000000000000';
  const place = { urgency: 500, requestedAt: new Date().toISOString(), id };

  it.each<[string, string, (db: Db) => Promise<unknown>]>([
    ['a page of the worklist', 'triage_worklist', (some) => worklistPage(some, everything, place, 20)],
    [
      'a page of patients',
      'patient_worklist',
      (some) => patientPage(some, null, { name: 'f', patientId: 'P', id }, 20),
    ],
    ['the triages of studies', 'triage_study', (some) => triagesOfStudies(some, [id])],
    ['the current triages of studies', 'triage_current', (some) => currentTriages(some, [id])],
    ['the studies of a patient', 'study_patient', (some) => studiesOfPatients(some, [id])],
    ['whether an object is referred to', 'instance_object', (some) => isReferenced(some, 'd'.repeat(64))],
    ['a study by its UID', 'study_study_instance_uid_key', (some) => studyByUid(some, '1.2.3')],
    ['an instance by its UID', 'instance_sop_instance_uid_key', (some) => findStored(some, '1.2.3')],
    ['a patient by the ID alone', 'patient_by_id', (some) => patientByPatientId(some, 'P000001', null)],
    ['a patient by ID and issuer', 'patient_', (some) => patientByPatientId(some, 'P000001', 'A')],
  ])('%s uses the index %s', async (_name, index, ask) => {
    const text = await plan(ask);
    expect(text).toContain(index);
    expect(text).not.toMatch(/Seq Scan/);
  });

  it('places in the queue need only what waits', async () => {
    const text = await plan((some) => queuePositions(some, [id]));
    expect(text).toContain('triage_queue');
    expect(text).not.toMatch(/Seq Scan on triage/);
  });

  it('walks the whole worklist without a gap or a repetition while rows are added', async () => {
    const current = db.selectFrom('triage').select('id').where('superseded', '=', false);
    const before = (await current.execute()).map(({ id }) => id);
    const seen: string[] = [];
    let after: { urgency: number; requestedAt: string; id: string } | null = null;
    for (let page = 0; ; page++) {
      const rows = await worklistPage(db, everything, after, 1000);
      const shown = rows.slice(0, 1000);
      seen.push(...shown.map(({ id }) => id));
      const last = shown.at(-1);
      if (rows.length <= 1000 || !last) break;
      after = { urgency: last.urgency, requestedAt: last.requestedAt.toISOString(), id: last.id };
      if (page === 3) {
        await sql`with p as (insert into patient (patient_id) values ('NEW') returning id),
          s as (insert into study (study_instance_uid, patient_id) select '9.9', id from p returning id)
          insert into triage (study_id, model_id, model_version, input_digest, urgency)
          select id, 'm', '1', repeat('b', 64), 901 from s`.execute(db);
      }
    }
    const listed = new Set(seen);
    expect(listed.size).toBe(seen.length);
    expect(before.filter((id) => !listed.has(id))).toEqual([]);
  }, 60_000);

  it('finds the next patients behind a cursor', async () => {
    const first = await patientPage(db, null, null, 10);
    const last = first[9];
    const place = {
      name: last?.name ?? '',
      patientId: last?.patientId ?? '',
      id: last?.id ?? '',
    };
    const second = await patientPage(db, null, place, 10);
    expect(second[0]?.id).toBe(first[10]?.id);
  });
});
