import { EventEmitter } from 'node:events';
import { run, type Runner, type RunnerOptions, type Worker, type WorkerEvents } from 'graphile-worker';
import type { Logger } from '../log.js';

/** What takes jobs from the queue, one at a time each, under names of their own. */
export interface JobRunners {
  /** Names under which jobs are taken now. */
  names(): string[];
  /** Ids of the jobs in hand. */
  inHand(): ReadonlySet<string>;
  /** Starts as many as are missing. Not to be called again before it has ended. */
  replenish(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Takes jobs with `concurrency` runners. The queue's own end for good when the end of a job cannot be written (disk
 * full), and are never replaced: a worker would live on and take nothing.
 */
export async function startRunners(
  options: Omit<RunnerOptions, 'events' | 'concurrency'>,
  concurrency: number,
  log: Logger,
): Promise<JobRunners> {
  const pools = new Set<{ runner: Runner; living: ReadonlySet<Worker> }>();
  const living = () => [...pools].flatMap((pool) => [...pool.living]);

  const start = async (count: number) => {
    const workers = new Set<Worker>();
    const events: WorkerEvents = new EventEmitter();
    events.on('worker:create', ({ worker }) => void workers.add(worker));
    events.on('worker:stop', ({ worker }) => void workers.delete(worker));
    const runner = await run({ ...options, events, concurrency: count });
    // It ends with what stopped it, which the queue's logger has been told.
    runner.promise.catch(() => undefined);
    pools.add({ runner, living: workers });
  };
  await start(concurrency);

  return {
    names: () => living().map(({ workerId }) => workerId),
    inHand: () => new Set(living().flatMap((worker) => worker.getActiveJob()?.id ?? [])),
    replenish: async () => {
      for (const pool of pools) {
        if (pool.living.size > 0) continue;
        pools.delete(pool);
        await pool.runner.stop();
      }
      const count = concurrency - living().length;
      if (count === 0) return;
      log.warn('runners of the queue have ended; as many are started', { count });
      await start(count);
    },
    stop: async () => {
      await Promise.all([...pools].map(({ runner }) => runner.stop()));
    },
  };
}
