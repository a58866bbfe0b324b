import { sql } from 'kysely';
import type { Db } from '../database/types.js';
import type { EngineInfo } from '../inference/types.js';
import { recentPace, type Pace } from './triage.repository.js';

/** Tells the servers that a worker is here and what it computes on; what ended a week ago is forgotten. */
export async function registerWorker(
  db: Db,
  worker: { id: string; engine: EngineInfo; concurrency: number },
): Promise<void> {
  await db
    .deleteFrom('worker')
    .where('startedAt', '<', sql<Date>`now() - interval '7 days'`)
    .where(sql<boolean>`pg_try_advisory_xact_lock(hashtextextended(id::text, 1))`)
    .execute();
  await db
    .insertInto('worker')
    .values({ ...worker, engine: JSON.stringify(worker.engine) })
    .execute();
}

/** A worker lives as long as it holds its lock. */
export interface LiveWorkers {
  /** What the newest of them computes on; the last known when none lives, null when there never was one. */
  engine: EngineInfo | null;
  /** How many live. */
  count: number;
}

export async function liveWorkers(db: Db): Promise<LiveWorkers> {
  const { rows } = await sql<{ engine: EngineInfo; alive: boolean }>`
    select engine, not pg_try_advisory_xact_lock(hashtextextended(id::text, 1)) as alive
    from worker order by started_at desc limit 100`.execute(db);
  const alive = rows.filter((row) => row.alive);
  return {
    engine: (alive[0] ?? rows[0])?.engine ?? null,
    count: alive.length,
  };
}

/** What an estimate of the time left is made from. */
export interface QueueState {
  /** Triages being computed now. */
  running: number;
  /** Whether any worker lives. */
  isServed: boolean;
  /** Null before the first triage has ended. */
  pace: Pace | null;
}

export async function queueState(db: Db): Promise<QueueState> {
  const [{ count }, pace, { rows }] = await Promise.all([
    liveWorkers(db),
    recentPace(db),
    sql<{ running: number }>`select count(*)::int as running from triage where status = 'RUNNING'`.execute(
      db,
    ),
  ]);
  return { running: rows[0]?.running ?? 0, isServed: count > 0, pace };
}
