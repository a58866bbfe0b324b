import { Worker } from 'node:worker_threads';
import { DomainError } from '../errors.js';
import type { Task } from './models.js';
import { quietTensorFlow } from './tensorflow.js';
import type { EngineInfo, EngineOutput } from './types.js';
import type { Problem, Reply, Request, WorkerSettings } from './worker-messages.js';

/** A started inference thread. Every pending call is rejected, retryable, once the thread is gone. */
export interface InferenceThread {
  info: EngineInfo;
  /** One output for each input, and how long the engine took for all, milliseconds. The inputs are handed over. */
  infer(
    task: Task,
    inputs: Float32Array[],
    deadlineMs: number,
  ): Promise<{ outputs: EngineOutput[]; inferenceMs: number }>;
  benchmark(images: number): Promise<number>;
  tensorCount(): Promise<number>;
  stop(): Promise<void>;
}

function errorOf(problem: Problem): DomainError {
  return new DomainError(problem.code, problem.message, {
    retryable: problem.retryable,
    ...(problem.code === 'INFERENCE_FAILED' && { http: 503 }),
  });
}

function gone(reason: string, cause?: unknown): DomainError {
  return new DomainError('INFERENCE_FAILED', `the inference thread ${reason}`, {
    retryable: true,
    http: 503,
    cause,
  });
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: DomainError): void;
}

/**
 * Starts an inference thread and waits until its models are loaded and warm.
 *
 * @param onGone called once when a thread that was ready ends by itself
 * @throws DomainError ENGINE_NOT_AVAILABLE, MODEL_NOT_FOUND, MODEL_INVALID, or INFERENCE_FAILED if it died starting
 */
export function startThread(
  entry: string,
  settings: WorkerSettings,
  onGone: (error: DomainError) => void,
): Promise<InferenceThread> {
  quietTensorFlow();
  const worker = new Worker(entry, { workerData: settings });
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let ended: DomainError | null = null;
  let wasReady = false;
  let stopping = false;

  return new Promise((resolve, reject) => {
    const end = (error: DomainError) => {
      if (ended !== null) return;
      ended = error;
      for (const { reject: fail } of waiting.values()) fail(error);
      waiting.clear();
      reject(error);
      if (wasReady && !stopping) onGone(error);
    };
    const ask = <Kind extends Reply['kind']>(request: Request, kind: Kind, transfer: ArrayBuffer[] = []) =>
      new Promise<Extract<Reply, { kind: Kind }>>((done, fail) => {
        if (ended !== null) {
          fail(ended);
          return;
        }
        waiting.set(request.id, {
          resolve: (reply) => {
            if (reply.kind === 'failed') fail(errorOf(reply.problem));
            else if (reply.kind === kind) done(reply as Extract<Reply, { kind: Kind }>);
            else fail(gone(`answered ${reply.kind} instead of ${kind}`));
          },
          reject: fail,
        });
        worker.postMessage(request, transfer);
      });
    const thread = (info: EngineInfo): InferenceThread => ({
      info,
      infer: async (task, inputs, deadlineMs) => {
        // Native code cannot be interrupted, so a batch that overruns costs the thread.
        const timer = setTimeout(() => {
          end(gone(`did not answer within ${deadlineMs} ms`));
          void worker.terminate();
        }, deadlineMs);
        try {
          const handedOver = inputs.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
          return await ask({ id: nextId++, kind: 'infer', task, inputs }, 'inferred', handedOver);
        } finally {
          clearTimeout(timer);
        }
      },
      benchmark: async (images) => (await ask({ id: nextId++, kind: 'benchmark', images }, 'measured')).value,
      tensorCount: async () => (await ask({ id: nextId++, kind: 'tensors' }, 'measured')).value,
      stop: async () => {
        stopping = true;
        end(gone('was stopped'));
        await worker.terminate();
      },
    });
    worker.on('message', (reply: Reply) => {
      switch (reply.kind) {
        case 'ready':
          wasReady = true;
          resolve(thread(reply.info));
          return;
        case 'unusable':
          end(errorOf(reply.problem));
          void worker.terminate();
          return;
        case 'inferred':
        case 'measured':
        case 'failed': {
          const caller = waiting.get(reply.id);
          waiting.delete(reply.id);
          caller?.resolve(reply);
        }
      }
    });
    worker.on('error', (cause) => {
      end(gone('broke down', cause));
    });
    worker.on('exit', (code) => {
      end(gone(`ended with code ${code}`));
    });
  });
}
