import { sql } from 'kysely';
import type { Db } from '../database/types.js';
import type { EngineInfo } from '../inference/types.js';
import { recentPaces, type Pace } from './triage.repository.js';

/** A worker that has given no sign of life for so long is taken for lost, even if its connection stands. */
export const silenceSeconds = 20;

/**
 * Whether the worker of a row lives: it holds the advisory lock named by its id and was seen lately. The lock is
 * only looked at: taking it to find out would make it look held to everybody who asks at the same moment.
 * An advisory lock's 64-bit key is shown in two halves (PostgreSQL documentation, pg_locks).
 */
const lives = sql<boolean>`(worker.seen_at > clock_timestamp() - make_interval(secs => ${sql.lit(silenceSeconds)})
  and exists (select from pg_locks l where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
    and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(worker.id::text, 1)))`;

/** SQL that takes the lock which shows that the worker `$1` lives, for as long as the session lasts. */
export const lifeLock = 'select pg_advisory_lock(hashtextextended($1, 1))';

export interface WorkerSign {
  id: string;
  engine: EngineInfo;
  concurrency: number;
  /** What it has loaded, as `id@version`. */
  models: string[];
  /** Names under which it takes jobs. */
  runners: string[];
}

/** A worker's sign of life: that it is here, what it computes on and with which models. */
export async function signOfLife(db: Db, worker: WorkerSign): Promise<void> {
  await db
    .insertInto('worker')
    .values({ ...worker, engine: JSON.stringify(worker.engine) })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ runners: worker.runners, seenAt: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}

/** Forgets workers that are gone, but for the newest of all: `Query.engine` still tells what it computed on. */
export async function forgetLostWorkers(db: Db): Promise<void> {
  await sql`delete from worker where not ${lives}
    and exists (select from worker newer where newer.started_at > worker.started_at)`.execute(db);
}

/**
 * Gives back the jobs that lost workers had taken. One that was taken just now may be of a worker that is about to
 * tell its runners' names.
 *
 * @returns how many runners held one
 */
export async function unlockLostJobs(trx: Db): Promise<number> {
  const { rows } = await sql<{ runner: string }>`
    select distinct locked_by as runner from graphile_worker.jobs
    where locked_at < clock_timestamp() - interval '10 seconds'
      and locked_by not in (select unnest(runners) from worker where ${lives})`.execute(trx);
  const runners = rows.map(({ runner }) => runner);
  if (runners.length > 0) await sql`select graphile_worker.force_unlock_workers(${runners})`.execute(trx);
  return runners.length;
}

/**
 * Gives back the jobs that the given runners, which live, have taken and do not have in hand: the end of one could not
 * be written, or the answer that it was taken was lost. What they have in hand is asked once the jobs are known, so
 * that an answer which was late counts.
 *
 * @returns how many
 */
export async function unlockForgottenJobs(
  db: Db,
  runners: readonly string[],
  inHand: () => ReadonlySet<string>,
): Promise<number> {
  const { rows } = await sql<{ id: string; lockedAt: string }>`
    select id, locked_at::text as "lockedAt" from graphile_worker.jobs
    where locked_at < clock_timestamp() - interval '10 seconds' and locked_by = any(${[...runners]})`.execute(
    db,
  );
  const held = inHand();
  const forgotten = rows.filter(({ id }) => !held.has(id));
  for (const { id, lockedAt } of forgotten) {
    await sql`update graphile_worker._private_jobs set locked_by = null, locked_at = null
      where id = ${id} and locked_at = ${lockedAt}::timestamptz`.execute(db);
  }
  return forgotten.length;
}

/**
 * Gives the jobs that look at a quiet study another attempt when all were used up without one being ended: a study
 * that was acknowledged is looked at in the end. What was set for the time of the next attempt stays.
 */
export async function reviveQuietJobs(db: Db): Promise<void> {
  await sql`update graphile_worker._private_jobs job set attempts = max_attempts - 1
    from graphile_worker._private_tasks task
    where task.id = job.task_id and task.identifier = 'auto_triage' and job.key is not null
      and job.locked_at is null and job.attempts >= job.max_attempts`.execute(db);
}

export interface LiveWorkers {
  /** What the newest of them computes on; the last known when none lives, null when there never was one. */
  engine: EngineInfo | null;
  /** How many live. */
  count: number;
  /** Every model that one of them has, as `id@version`. */
  models: ReadonlySet<string>;
}

/** What the workers that live compute on and with; at most the newest 1,000 are looked at. */
export async function liveWorkers(db: Db): Promise<LiveWorkers> {
  const { rows } = await sql<{ engine: EngineInfo; models: string[]; alive: boolean }>`
    select engine, models, ${lives} as alive from worker order by started_at desc limit 1000`.execute(db);
  const alive = rows.filter((row) => row.alive);
  return {
    engine: (alive[0] ?? rows[0])?.engine ?? null,
    count: alive.length,
    models: new Set(alive.flatMap(({ models }) => models)),
  };
}

/** What an estimate of the time left is made from. */
export interface QueueState {
  /** Triages being computed now. */
  running: number;
  /** The models that living workers have, as `id@version`. */
  served: ReadonlySet<string>;
  /** By model, as `id@version`; none before the first of its triages has ended. */
  paces: ReadonlyMap<string, Pace>;
}

/** What an estimate of the time left needs to know of all triages, in three statements. */
export async function queueState(db: Db): Promise<QueueState> {
  const [{ models }, paces, { rows }] = await Promise.all([
    liveWorkers(db),
    recentPaces(db),
    sql<{ running: number }>`select count(*)::int as running from triage where status = 'RUNNING'`.execute(
      db,
    ),
  ]);
  return { running: rows[0]?.running ?? 0, served: models, paces };
}
