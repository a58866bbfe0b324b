import { randomUUID } from 'node:crypto';
import { Logger as QueueLogger, run, type Runner } from 'graphile-worker';
import { sql } from 'kysely';
import pg from 'pg';
import type { Db } from '../database/types.js';
import { enqueue, type TriageService } from './triage.service.js';
import { runTriage, type TriageTools } from './triage.task.js';
import { registerWorker } from './worker.repository.js';

const sweepMs = 5_000;

/** Takes triages from the queue until stopped. */
export interface TriageWorker {
  stop(): Promise<void>;
}

/**
 * Starts a worker. It holds an advisory lock named by its id for as long as it lives, so that the others see at once
 * when it was killed and put what it was computing back in the queue.
 */
export async function startTriageWorker(
  tools: Omit<TriageTools, 'workerId'> & { service: TriageService; databaseUrl: string; concurrency: number },
): Promise<TriageWorker> {
  const { log, service, databaseUrl, concurrency } = tools;
  const workerId = randomUUID();
  const sign = new pg.Client({ connectionString: databaseUrl });
  sign.on('error', (error) => {
    log.error('lost the connection that shows this worker is alive', { error });
    process.exit(1);
  });
  await sign.connect();
  await sign.query('select pg_advisory_lock(hashtextextended($1, 1))', [workerId]);
  await registerWorker(tools.db, { id: workerId, engine: tools.inference.describe(), concurrency });
  const runner: Runner = await run({
    connectionString: databaseUrl,
    concurrency,
    noHandleSignals: true,
    pollInterval: 1000,
    taskList: {
      triage: async (payload, { job }) => {
        const { id } = payload as { id: string };
        await runTriage({ ...tools, workerId }, id, job.attempts >= job.max_attempts);
      },
      auto_triage: async (payload) => {
        const { studyInstanceUid, requestId } = payload as { studyInstanceUid: string; requestId: string };
        await service.request({
          studyInstanceUid,
          modelId: null,
          priority: 'ROUTINE',
          source: 'AUTO',
          requestId,
        });
      },
    },
    logger: new QueueLogger(() => (level) => {
      // The queue's own messages hold payloads: only that something went wrong is passed on.
      if (level === 'error') log.error('the queue reported an error', { component: 'graphile-worker' });
    }),
  });
  const timer = setInterval(() => {
    sweep(tools).catch((error: unknown) => log.error('looking for lost work failed', { error }));
  }, sweepMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await runner.stop();
      sign.removeAllListeners('error');
      sign.on('error', () => undefined);
      await sign.end();
    },
  };

  async function sweep({ db: database }: { db: Db }): Promise<void> {
    await database.transaction().execute(async (trx) => {
      const { rows: lost } = await sql<{
        id: string;
        priority: 'STAT' | 'URGENT' | 'ROUTINE';
        requestId: string | null;
      }>`
        select id, priority, request_id as "requestId" from triage
        where status = 'RUNNING' and pg_try_advisory_xact_lock(hashtextextended(worker_id, 1))
        for update skip locked`.execute(trx);
      for (const { id, priority, requestId } of lost) {
        log.warn('a worker was lost; its triage goes back in the queue', { triageId: id });
        await trx
          .updateTable('triage')
          .set({ status: 'QUEUED', progress: null })
          .where('id', '=', id)
          .execute();
        await enqueue(trx, id, priority, requestId);
      }
      const { rows: stuck } = await sql<{ key: string }>`
        update graphile_worker._private_jobs set locked_at = null, locked_by = null
        where locked_at < now() - interval '25 seconds' and key like 'auto:%' returning key`.execute(trx);
      if (stuck.length > 0) log.warn('took over jobs of a lost worker', { count: stuck.length });
      await sql`
        update graphile_worker._private_jobs j set locked_at = null, locked_by = null, attempts = greatest(j.attempts - 1, 0)
        from triage t where j.key = 'triage:' || t.id and t.status = 'QUEUED'
          and j.locked_at < now() - interval '15 seconds'`.execute(trx);
    });
  }
}
