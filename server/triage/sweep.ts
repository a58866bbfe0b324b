import { sql } from 'kysely';
import type { Db, TriageRow } from '../database/types.js';
import type { Logger } from '../log.js';
import { recorded } from './audit.js';
import { enqueue, maximumAttempts, removeJob } from './queue.js';
import { failed } from './task/fail.js';
import { giveWay } from './task/give-way.js';
import type { TriageService } from './triage.service.js';
import { forgetLostWorkers, liveWorkers, reviveQuietJobs, unlockLostJobs } from './worker.repository.js';

/** A triage that runs without any progress for so long is taken over, even from a worker that lives. */
export const deadlineSeconds = 600;

export interface SweepTools {
  db: Db;
  service: TriageService;
  log: Logger;
  workerId: string;
}

type Lost = Pick<
  TriageRow,
  'id' | 'status' | 'modelId' | 'modelVersion' | 'priority' | 'requestId' | 'attempts' | 'attemptLimit'
>;

/**
 * What brings the queue and the triages together again, whatever was lost between them: every triage that has not
 * ended gets a job that will be run. Any number of workers may do this at once.
 */
export function createSweep(tools: SweepTools): () => Promise<void> {
  let waited = 0;
  return async () => {
    await forgetLostWorkers(tools.db);
    await requeueLost(tools);
    await reviveQuietJobs(tools.db);
    const count = await replaceOutdated(tools);
    if (count > 0 && count !== waited) {
      tools.log.warn('triages wait for a worker that has their model', { count });
    }
    waited = count;
  };
}

/**
 * A running triage has a job that is held, a waiting one a job that is held or will be taken: the job is taken before
 * the triage runs and given back after it has ended. All others are lost.
 */
async function requeueLost({ db, log, workerId }: SweepTools): Promise<void> {
  await recorded(db, { actor: workerId, requestId: null }, async (trx) => {
    const count = await unlockLostJobs(trx);
    if (count > 0) log.warn('took back the jobs of lost workers', { count });
    const { rows } = await sql<Lost>`
      select t.id, t.status, t.model_id as "modelId", t.model_version as "modelVersion", t.priority,
        t.request_id as "requestId", t.attempts, t.attempt_limit as "attemptLimit"
      from triage t
      cross join lateral (select 'triage:' || t.model_id || '@' || t.model_version as name) task
      left join graphile_worker.jobs j on j.key = 'triage:' || t.id
      where t.status = 'RUNNING' and (
          t.updated_at < clock_timestamp() - make_interval(secs => ${deadlineSeconds})
          or j.locked_by is null)
        or t.status = 'QUEUED' and (
          j.id is null or j.locked_by is null and (j.attempts >= j.max_attempts or j.task_identifier <> task.name))
      limit 200 for update of t skip locked`.execute(trx);
    for (const lost of rows) await recover(trx, lost, log);
  });
}

async function recover(trx: Db, lost: Lost, log: Logger): Promise<void> {
  const { id, status, attempts, attemptLimit } = lost;
  const triage = trx.updateTable('triage').where('id', '=', id);
  const fields = { triageId: id, requestId: lost.requestId, attempt: attempts };
  // A fresh row: a worker that only hung would take the present one away when it wakes and ends its job.
  await removeJob(trx, id);
  if (attempts >= attemptLimit) {
    log.error('a triage was lost with its worker too often; it is given up', fields);
    const detail = `${maximumAttempts} attempts ended without a result; see the workers' log`;
    await triage.set(failed('WORKER_LOST', detail, true)).execute();
    return;
  }
  log.warn('a triage was lost; it goes back in the queue', { ...fields, status });
  if (status === 'RUNNING') await triage.set({ status: 'QUEUED', progress: null }).execute();
  await enqueue(trx, lost);
}

/**
 * A triage waits for a worker that has its model. When none is left and another model is served in its place, that
 * one does the work: after an upgrade nothing waits for weights that will not come back.
 *
 * @returns how many go on waiting
 */
async function replaceOutdated(tools: SweepTools): Promise<number> {
  const { db, log } = tools;
  const { models } = await liveWorkers(db);
  const waiting = await db
    .selectFrom('triage')
    .innerJoin('model', (join) =>
      join.onRef('model.id', '=', 'triage.modelId').onRef('model.version', '=', 'triage.modelVersion'),
    )
    .selectAll('triage')
    .select('model.active')
    .where('status', '=', 'QUEUED')
    .where(sql<boolean>`not (model_id || '@' || model_version = any(${[...models]}))`)
    .limit(100)
    .execute();
  for (const { active, ...triage } of waiting) {
    if (active) continue;
    log.warn('a triage waited for a model that is no longer served; the present one does it', {
      triageId: triage.id,
      modelId: triage.modelId,
      modelVersion: triage.modelVersion,
    });
    await giveWay(tools, triage);
  }
  return waiting.filter(({ active }) => active).length;
}
