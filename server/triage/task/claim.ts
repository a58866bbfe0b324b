import { sql } from 'kysely';
import { servedModels, type Attempt, type TriageTools } from './tools.js';

/**
 * Makes a triage this worker's: one that waits, or one that an earlier attempt of this same worker could not end.
 * Null when it has ended, another worker has it, or it wants another model.
 */
export async function claim(tools: TriageTools, id: string): Promise<Attempt | null> {
  const { db, workerId } = tools;
  const served = servedModels(tools).map(({ key }) => key);
  const triage = await db
    .updateTable('triage')
    .set((e) => ({
      status: 'RUNNING',
      workerId,
      startedAt: sql<Date>`clock_timestamp()`,
      progress: 0,
      attempts: e('attempts', '+', 1),
    }))
    .where('id', '=', id)
    .where(sql<boolean>`model_id || '@' || model_version = any(${served})`)
    .where((e) =>
      e.or([e('status', '=', 'QUEUED'), e.and([e('status', '=', 'RUNNING'), e('workerId', '=', workerId)])]),
    )
    .returningAll()
    .executeTakeFirst();
  return triage?.startedAt ? { ...triage, startedAt: triage.startedAt } : null;
}

/** The claimed triage as it may be changed: nothing when it is no longer this attempt's. */
export function ours(db: TriageTools['db'], { id, workerId, attempts }: Attempt) {
  return db
    .updateTable('triage')
    .where('id', '=', id)
    .where('status', '=', 'RUNNING')
    .where('workerId', '=', workerId)
    .where('attempts', '=', attempts);
}
