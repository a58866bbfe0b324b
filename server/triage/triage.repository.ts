import { sql } from 'kysely';
import type { Db, FindingRow, ReviewRow, TriageRow } from '../database/types.js';

/** Triages by id, in no order; what is not there is left out. */
export function triagesByIds(db: Db, ids: readonly string[]): Promise<TriageRow[]> {
  return db.selectFrom('triage').selectAll().where('id', 'in', ids).execute();
}
/** Every triage of the studies, the newest request first. */
export function triagesOfStudies(db: Db, ids: readonly string[]): Promise<TriageRow[]> {
  return db
    .selectFrom('triage')
    .selectAll()
    .where('studyId', 'in', ids)
    .orderBy('requestedAt', 'desc')
    .orderBy('id', 'desc')
    .execute();
}
/** The triage that each study shows now; at most one, as an index makes sure. */
export function currentTriages(db: Db, studyIds: readonly string[]): Promise<TriageRow[]> {
  return db
    .selectFrom('triage')
    .selectAll()
    .where('studyId', 'in', studyIds)
    .where('superseded', '=', false)
    .execute();
}
/** Findings of the triages, the most probable first. */
export function findingsOfTriages(db: Db, ids: readonly string[]): Promise<FindingRow[]> {
  return db.selectFrom('finding').selectAll().where('triageId', 'in', ids).orderBy('ordinal').execute();
}
/** The last review of each triage that has one. */
export function newestReviews(db: Db, ids: readonly string[]): Promise<ReviewRow[]> {
  return db
    .selectFrom('review')
    .selectAll()
    .distinctOn('triageId')
    .where('triageId', 'in', ids)
    .orderBy('triageId')
    .orderBy('id', 'desc')
    .execute();
}

/**
 * Places in the queue of those of the given triages that wait, 1 first: in the order in which the workers
 * that have their model take jobs, those that pause before another attempt last.
 */
export async function queuePositions(db: Db, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; position: string }>`
    select id, position from (
      select t.id, row_number() over (partition by t.model_id, t.model_version
          order by j.run_at > now(), j.priority, j.run_at, j.id) as position
      from triage t join graphile_worker._private_jobs j on j.key = 'triage:' || t.id
      where t.status = 'QUEUED') queue
    where id = any(${ids})`.execute(db);
  return new Map(rows.map(({ id, position }) => [id, Number(position)]));
}

/** How long triages of a model take, from its last twenty that ended. */
export interface Pace {
  /** Mean seconds from the start of one to its end. */
  seconds: number;
  /**
   * Mean seconds of work for each: from the end of the one before, or from its own start where nothing was computed
   * in between. Equal to `seconds` when one is computed at a time, smaller when several are at once.
   */
  secondsApart: number;
}

/** The pace of each model, by `id@version`: a CT series takes many times as long as an X-ray. */
export async function recentPaces(db: Db): Promise<ReadonlyMap<string, Pace>> {
  const { rows } = await sql<Pace & { model: string }>`
    select model, avg(extract(epoch from finished_at - started_at))::float8 as "seconds",
      avg(extract(epoch from finished_at - greatest(started_at, before)))::float8 as "secondsApart"
    from (
      select model_id || '@' || model_version as model, started_at, finished_at,
        lag(finished_at) over (partition by model_id, model_version order by finished_at) as before,
        row_number() over (partition by model_id, model_version order by finished_at desc) as place
      from (
        select model_id, model_version, started_at, finished_at from triage
        where status in ('SUCCEEDED', 'ABSTAINED') order by finished_at desc limit 400) latest) recent
    where place <= 20
    group by model`.execute(db);
  return new Map(rows.map(({ model, seconds, secondsApart }) => [model, { seconds, secondsApart }]));
}

/** Marks what a study shows as past: newer images or another model will have a triage of their own. */
export async function supersedeTriages(db: Db, studyId: string): Promise<void> {
  await db
    .updateTable('triage')
    .set({ superseded: true })
    .where('studyId', '=', studyId)
    .where('superseded', '=', false)
    .execute();
}

/** How many triages have each status. */
export async function statusCounts(db: Db): Promise<{ status: string; count: number }[]> {
  const { rows } = await sql<{ status: string; count: number }>`
    select status, count(*)::int as count from triage group by status`.execute(db);
  return rows;
}

export interface WorklistConditions {
  status: readonly TriageRow['status'][] | null;
  patientId: string | null;
  reviewed: boolean | null;
  minCovidProbability: number | null;
  requestedSince: Date | null;
  includeSuperseded: boolean;
}

/** The worklist behind a cursor, most urgent first, one more than asked for. */
export function worklistPage(
  db: Db,
  conditions: WorklistConditions,
  after: { urgency: number; requestedAt: string; id: string } | null,
  limit: number,
): Promise<TriageRow[]> {
  let query = db.selectFrom('triage').selectAll('triage');
  if (!conditions.includeSuperseded) query = query.where('superseded', '=', false);
  if (conditions.status !== null) {
    // An empty list is no SQL, and matches nothing.
    query =
      conditions.status.length === 0
        ? query.where(sql<boolean>`false`)
        : query.where('status', 'in', conditions.status);
  }
  if (conditions.reviewed !== null) query = query.where('reviewed', '=', conditions.reviewed);
  if (conditions.requestedSince !== null) query = query.where('requestedAt', '>=', conditions.requestedSince);
  if (conditions.minCovidProbability !== null) {
    query = query.where('covidProbability', '>=', conditions.minCovidProbability);
  }
  if (conditions.patientId !== null) {
    const studies = db
      .selectFrom('study')
      .innerJoin('patient', 'patient.id', 'study.patientId')
      .select('study.id')
      .where('patient.patientId', '=', conditions.patientId);
    query = query.where('studyId', 'in', studies);
  }
  if (after !== null) {
    query = query.where(
      sql<boolean>`(urgency, requested_at, id) < (${after.urgency}::int, ${after.requestedAt}::timestamptz, ${after.id}::uuid)`,
    );
  }
  return query
    .orderBy('urgency', 'desc')
    .orderBy('requestedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Null for an id that is unknown or no UUID. */
export async function triageById(db: Db, id: string): Promise<TriageRow | null> {
  return uuid.test(id) ? ((await triagesByIds(db, [id]))[0] ?? null) : null;
}
