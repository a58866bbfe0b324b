import { sql } from 'kysely';
import type { Db } from '../database/types.js';

/** Who changes something, for the history. */
export interface Origin {
  /** Subject of the caller, or id of the worker. */
  actor: string;
  /** The request that led to it; null where there was none. */
  requestId: string | null;
}

/** Runs `work` in a transaction whose changes of state are recorded under this origin. */
export function recorded<T>(db: Db, { actor, requestId }: Origin, work: (trx: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('covid_triage.actor', ${actor}, true),
      set_config('covid_triage.request_id', ${requestId ?? ''}, true)`.execute(trx);
    return work(trx);
  });
}
