import { sql } from 'kysely';
import type { Db, TriageRow } from '../../database/types.js';
import { recorded } from '../audit.js';
import { removeJob } from '../queue.js';
import type { TriageService } from '../triage.service.js';
import { cancelledUrgency } from '../urgency.js';

/**
 * Stops a triage whose images or model are no longer those of its study. The triage of what is there now does its
 * work, and is asked for when there is none. Safe to run again.
 */
export async function giveWay(
  { db, service, workerId }: { db: Db; service: TriageService; workerId: string },
  { id, studyId, priority, source, requestId, attempts }: TriageRow,
): Promise<void> {
  const by = { actor: workerId, requestId };
  const study = await db
    .selectFrom('study')
    .select('studyInstanceUid')
    .where('id', '=', studyId)
    .executeTakeFirst();
  if (!study) return;
  const outcome = await service.request({ ...study, modelId: null, priority, source }, by);
  if (outcome.triage?.id === id) return;
  await recorded(db, by, async (trx) => {
    const stopped = await trx
      .updateTable('triage')
      .set({
        status: 'CANCELLED',
        superseded: true,
        urgency: cancelledUrgency,
        progress: null,
        finishedAt: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', id)
      .where('status', 'in', ['QUEUED', 'RUNNING'])
      .where('attempts', '=', attempts)
      .returning('id')
      .executeTakeFirst();
    if (stopped) await removeJob(trx, id);
  });
}
