import { randomUUID } from 'node:crypto';
import { Logger as QueueLogger, makeWorkerUtils, type Task, type TaskList } from 'graphile-worker';
import pg from 'pg';
import type { Logger } from '../log.js';
import { taskOf } from './queue.js';
import { startRunners } from './runners.js';
import { createSweep } from './sweep.js';
import { servedModels } from './task/tools.js';
import { runTriage, type TriageTools } from './triage.task.js';
import { lifeLock, reviveQuietJobs, signOfLife, unlockForgottenJobs } from './worker.repository.js';

const heartbeatMs = 5_000;
const sweepMs = 5_000;
const tendMs = 5_000;

/** Takes triages from the queue until stopped. */
export interface TriageWorker {
  stop(): Promise<void>;
}

export interface TriageWorkerOptions extends Omit<TriageTools, 'workerId'> {
  databaseUrl: string;
  concurrency: number;
}

/**
 * Starts a worker. It holds an advisory lock named by its id for as long as it lives and gives a sign of life every
 * few seconds, so that the others see when it was killed or hangs and put what it was computing back in the queue.
 */
export async function startTriageWorker(options: TriageWorkerOptions): Promise<TriageWorker> {
  const { db, log, databaseUrl, concurrency, inference } = options;
  const workerId = randomUUID();
  const tools = { ...options, workerId };
  const models = servedModels(options).map(({ key }) => key);
  const sign = await openSign(databaseUrl, workerId, log);
  const beat = (runners: string[]) =>
    signOfLife(db, { id: workerId, engine: inference.describe(), concurrency, models, runners });
  await beat([]);

  const logger = new QueueLogger(() => (level, _message, meta) => {
    // The queue's own messages and fields hold payloads: only the error is passed on.
    if (level !== 'error') return;
    log.error('the queue reported an error', {
      component: 'graphile-worker',
      error: meta?.fatalError ?? meta?.error,
    });
  });
  // Before what is used up is cleaned away: these still have a study to look at.
  await reviveQuietJobs(db);
  // Jobs that were given up while a worker had them in hand stay behind without a key.
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger });
  await utils.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS'] });
  await utils.release();
  const settings = { connectionString: databaseUrl, noHandleSignals: true, pollInterval: 1000, logger };
  const runners = await startRunners({ ...settings, taskList: tasks(tools, models) }, concurrency, log);

  const tend = async () => {
    await runners.replenish();
    const count = await unlockForgottenJobs(db, runners.names(), () => runners.inHand());
    if (count > 0) log.warn('gave back jobs that were taken here but are not in hand', { count });
  };
  const stopBeating = every(heartbeatMs, () => beat(runners.names()), 'the sign of life failed', log);
  const stopTending = every(tendMs, tend, 'looking after the runners of the queue failed', log);
  const stopSweeping = every(sweepMs, createSweep(tools), 'looking for lost work failed', log);
  return {
    stop: async () => {
      await stopSweeping();
      await stopTending();
      await runners.stop();
      await stopBeating();
      sign.removeAllListeners('error');
      sign.on('error', () => undefined);
      await sign.end();
    },
  };
}

function tasks(tools: TriageTools, models: readonly string[]): TaskList {
  const triage: Task = async (payload, { job }) => {
    const { id, requestId } = payload as { id: string; requestId: string | null };
    const log = tools.log.child({ requestId, jobId: job.id, triageId: id });
    await runTriage({ ...tools, log }, id);
  };
  return {
    ...Object.fromEntries(models.map((model) => [taskOf(model), triage])),
    auto_triage: async (payload, { job }) => {
      const { studyInstanceUid, requestId } = payload as { studyInstanceUid: string; requestId: string };
      const request = { studyInstanceUid, modelId: null, priority: 'ROUTINE', source: 'AUTO' } as const;
      await tools.service.request(request, { actor: 'auto', requestId });
      tools.log.info('a quiet study was looked at', { requestId, jobId: job.id, studyInstanceUid });
    },
  };
}

/** The connection whose lock shows that the worker lives. */
async function openSign(databaseUrl: string, workerId: string, log: Logger): Promise<pg.Client> {
  const sign = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
  sign.on('error', (error) => {
    log.error('lost the connection that shows this worker is alive', { error });
    process.exit(1);
  });
  await sign.connect();
  // A host that vanishes says no goodbye: without this its lock would be held for two hours.
  await sign.query(
    'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
  );
  await sign.query(lifeLock, [workerId]);
  return sign;
}

/** Does something now and then, one at a time; the returned function stops it and waits for the last. */
function every(pauseMs: number, work: () => Promise<void>, failure: string, log: Logger) {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const turn = () => {
    last = work()
      .catch((error: unknown) => log.error(failure, { error }))
      .then(() => {
        if (!stopped) timer = setTimeout(turn, pauseMs);
      });
  };
  turn();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await last;
  };
}
