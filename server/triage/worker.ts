import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  Logger as QueueLogger,
  makeWorkerUtils,
  run,
  type Task,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import pg from 'pg';
import type { Logger } from '../log.js';
import { taskOf } from './queue.js';
import { createSweep } from './sweep.js';
import { servedModels } from './task/tools.js';
import { runTriage, type TriageTools } from './triage.task.js';
import { lifeLock, signOfLife } from './worker.repository.js';

const heartbeatMs = 5_000;
const sweepMs = 5_000;

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
  const life = {
    id: workerId,
    engine: inference.describe(),
    concurrency,
    models,
    runners: [] as string[],
  };
  const sign = await openSign(databaseUrl, workerId, log);
  await signOfLife(db, life);

  const logger = new QueueLogger(() => (level) => {
    // The queue's own messages hold payloads: only that something went wrong is passed on.
    if (level === 'error') log.error('the queue reported an error', { component: 'graphile-worker' });
  });
  // Jobs that were given up while a worker had them in hand stay behind without a key.
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger });
  await utils.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS'] });
  await utils.release();
  const events: WorkerEvents = new EventEmitter();
  events.on('worker:create', ({ worker }) => void life.runners.push(worker.workerId));
  const settings = { connectionString: databaseUrl, concurrency, noHandleSignals: true, pollInterval: 1000 };
  const runner = await run({ ...settings, events, logger, taskList: tasks(tools, models) });

  const stopBeating = every(heartbeatMs, () => signOfLife(db, life), 'the sign of life failed', log);
  const stopSweeping = every(sweepMs, createSweep(tools), 'looking for lost work failed', log);
  return {
    stop: async () => {
      await stopSweeping();
      await runner.stop();
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
