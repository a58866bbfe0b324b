import { DomainError } from '../errors.js';
import type { InferenceThread } from './inference-thread.js';
import type { Task } from './models.js';
import type { EngineOutput } from './types.js';

/** How long an input waited and its batch took, milliseconds. */
export interface BatchTimes {
  queueMs: number;
  inferenceMs: number;
}

interface Job {
  input: Float32Array;
  since: number;
  done(output: EngineOutput, times: BatchTimes): void;
  fail(error: unknown): void;
}

export interface BatcherOptions {
  /** Most inputs per call of the engine. */
  batchSize: number;
  /** How long an input may wait for others to fill its batch, milliseconds. */
  batchWaitMs: number;
  deadlineMs: number;
  /** Inputs of one task waiting beyond which new ones are refused. */
  maxQueue: number;
  /** The thread that computes now; null while there is none. */
  thread(): InferenceThread | null;
  onDone(): void;
}

/** Puts inputs together into batches, each of one task, one batch after the other. */
export interface Batcher {
  /**
   * Computes one input, in a batch with others of its task that wait.
   *
   * @throws DomainError INFERENCE_FAILED, retryable: queue full, thread lost or too slow
   */
  infer(task: Task, input: Float32Array): Promise<{ output: EngineOutput; times: BatchTimes }>;
  /** @throws DomainError INFERENCE_FAILED, retryable, when `infer` would refuse an input now */
  refuseWhenFull(task: Task): void;
  /** Begins a batch when there is a thread, none is running and one is full or has waited enough. */
  pump(): void;
  rejectQueued(error: DomainError): void;
  queued(): number;
  /** Begins no batch any more. */
  stop(): void;
}

export const inferenceFailure = (message: string) =>
  new DomainError('INFERENCE_FAILED', message, { retryable: true, http: 503 });

/** What is not expected of a picture is the engine's failure. */
export function asInferenceFailure(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return inferenceFailure(`the inference failed: ${error instanceof Error ? error.message : String(error)}`);
}

export function createBatcher(options: BatcherOptions): Batcher {
  const { batchSize, batchWaitMs, deadlineMs, maxQueue } = options;
  const queues = new Map<Task, Job[]>();
  let busy = false;
  let stopped = false;
  let waitTimer: NodeJS.Timeout | undefined;

  const run = async (thread: InferenceThread, task: Task, jobs: Job[]) => {
    const started = performance.now();
    try {
      const inputs = jobs.map(({ input }) => input);
      const { outputs, inferenceMs } = await thread.infer(task, inputs, deadlineMs);
      options.onDone();
      jobs.forEach((job, index) => {
        const output = outputs[index];
        if (output === undefined) job.fail(inferenceFailure('the engine gave fewer outputs than inputs'));
        else job.done(output, { queueMs: started - job.since, inferenceMs });
      });
    } catch (error) {
      for (const job of jobs) job.fail(error);
    }
  };

  /** How long the first of a queue may still wait, milliseconds; 0 or less when its batch is due. */
  const leftOf = (queue: Job[]) => {
    const since = queue[0]?.since ?? 0;
    return queue.length >= batchSize ? 0 : batchWaitMs - (performance.now() - since);
  };

  const pump = () => {
    const thread = options.thread();
    if (thread === null || busy || stopped) return;
    clearTimeout(waitTimer);
    const waiting = [...queues].filter(([, queue]) => queue.length > 0);
    // The longest wait first, so that neither task can starve the other.
    waiting.sort(([, a], [, b]) => (a[0]?.since ?? 0) - (b[0]?.since ?? 0));
    const due = waiting.find(([, queue]) => leftOf(queue) <= 0);
    if (due === undefined) {
      if (waiting.length > 0) waitTimer = setTimeout(pump, Math.min(...waiting.map(([, q]) => leftOf(q))));
      return;
    }
    const [task, queue] = due;
    busy = true;
    void run(thread, task, queue.splice(0, batchSize)).finally(() => {
      busy = false;
      pump();
    });
  };

  const refuseWhenFull = (task: Task) => {
    if ((queues.get(task)?.length ?? 0) >= maxQueue)
      throw inferenceFailure(`${maxQueue} pictures already wait for the engine`);
  };

  return {
    pump,
    refuseWhenFull,
    infer: (task, input) =>
      new Promise((resolve, reject) => {
        refuseWhenFull(task);
        const queue = queues.get(task) ?? [];
        queues.set(task, queue);
        const done: Job['done'] = (output, times) => resolve({ output, times });
        queue.push({ input, since: performance.now(), done, fail: reject });
        pump();
      }),
    rejectQueued: (error) => {
      for (const queue of queues.values()) for (const job of queue.splice(0)) job.fail(error);
    },
    queued: () => [...queues.values()].reduce((sum, queue) => sum + queue.length, 0),
    stop: () => {
      stopped = true;
      clearTimeout(waitTimer);
    },
  };
}
