import { DomainError } from '../errors.js';
import { builtEntry } from '../runtime.js';
import type { EngineChoice } from './engines/pick-engine.js';
import { startThread, type InferenceThread } from './inference-thread.js';
import { judge } from './judge.js';
import { loadModel, type LoadedModel, type ModelManifest } from './manifest.js';
import { toModelInput } from './preprocess.js';
import type { EngineInfo, EngineOutput, Picture, PictureContext, Prediction } from './types.js';

export interface InferenceOptions {
  engine: EngineChoice;
  modelDir: string;
  /** Most pictures per call of the engine, 1 or more. */
  batchSize: number;
  /** How long a picture may wait for others to fill its batch, in milliseconds. */
  batchWaitMs: number;
  /** A batch that takes longer ends the thread; 30 s unless told. */
  deadlineMs?: number;
  /** Pictures waiting beyond which new ones are refused, retryable; 64 unless told. */
  maxQueue?: number;
  /** First pause before a thread that ended is restarted, doubled up to 30 s; 250 ms unless told. */
  restartMs?: number;
  /** The thread's built file, when it is not the usual one. */
  entry?: string;
}

export interface PredictionWithDurations {
  prediction: Prediction;
  /** Milliseconds. `inferenceMs` is that of the whole batch the picture was in. */
  durations: { queueMs: number; preprocessMs: number; inferenceMs: number };
}

export interface InferenceService {
  /**
   * Judges one picture, in a batch with others that wait.
   *
   * @throws DomainError INFERENCE_FAILED, retryable: queue full, thread lost or too slow
   */
  predict(picture: Picture, context: PictureContext): Promise<PredictionWithDurations>;
  /** The engine alone, on inputs made beforehand in full batches. */
  benchmark(images: number): Promise<{ imagesPerSecond: number }>;
  describe(): EngineInfo;
  readonly model: ModelManifest;
  /** The model with its digest, heads and card. */
  readonly loaded: LoadedModel;
  tensorCount(): Promise<number>;
  /** Pictures that wait for the engine, those in the running batch left out. */
  queued(): number;
  /** Ends the thread; what is pending is rejected, retryable. */
  close(): Promise<void>;
}

interface Item {
  input: Float32Array;
  preprocessMs: number;
  /** Turns the engine's output for the input into a judgement. */
  judge(output: EngineOutput): Prediction;
  since: number;
  resolve(result: PredictionWithDurations): void;
  reject(error: unknown): void;
}

/** What is not expected of a picture is the engine's failure. */
function coded(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return failure(`the inference failed: ${error instanceof Error ? error.message : String(error)}`);
}

function prepare(picture: Picture, input: ModelManifest['input']): Float32Array {
  try {
    return toModelInput(picture, input);
  } catch (error) {
    throw coded(error);
  }
}

const failure = (message: string) =>
  new DomainError('INFERENCE_FAILED', message, { retryable: true, http: 503 });

/**
 * Starts inference in a thread of its own: model verified, loaded and warm when this resolves. A thread that is
 * lost is restarted with back-off; the batch it held is rejected, those that wait are kept.
 *
 * @throws DomainError ENGINE_NOT_AVAILABLE, MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function createInferenceService(options: InferenceOptions): Promise<InferenceService> {
  const { batchSize, batchWaitMs, deadlineMs = 30_000, maxQueue = 64, restartMs = 250 } = options;
  const entry = options.entry ?? builtEntry('server/inference/inference.worker');
  const settings = { engine: options.engine, modelDir: options.modelDir, batchSize };
  const queue: Item[] = [];
  let thread: InferenceThread | null = null;
  let busy = false;
  let closed = false;
  let pause = restartMs;
  let waitTimer: NodeJS.Timeout | undefined;
  let restartTimer: NodeJS.Timeout | undefined;

  const rejectQueued = (error: DomainError) => {
    for (const item of queue.splice(0)) item.reject(error);
  };
  const restartLater = () => {
    thread = null;
    if (closed) return;
    restartTimer = setTimeout(() => {
      startThread(entry, settings, restartLater).then(
        (started) => {
          if (closed) {
            void started.stop();
            return;
          }
          thread = started;
          pump();
        },
        () => {
          // Whoever waits hears of it now rather than after a second or third attempt.
          rejectQueued(failure('the inference thread could not be restarted'));
          restartLater();
        },
      );
    }, pause);
    pause = Math.min(pause * 2, 30_000);
  };

  const runBatch = async (engine: InferenceThread, items: Item[]) => {
    const started = performance.now();
    try {
      const { outputs, inferenceMs } = await engine.infer(
        items.map(({ input }) => input),
        deadlineMs,
      );
      pause = restartMs;
      items.forEach((item, index) => {
        const { preprocessMs, since } = item;
        const output = outputs[index];
        try {
          if (output === undefined) throw failure('the engine gave fewer outputs than inputs');
          const durations = { queueMs: started - since, preprocessMs, inferenceMs };
          item.resolve({ prediction: item.judge(output), durations });
        } catch (error) {
          item.reject(coded(error));
        }
      });
    } catch (error) {
      for (const item of items) item.reject(error);
    }
  };

  const pump = () => {
    const oldest = queue[0];
    if (thread === null || busy || oldest === undefined) return;
    const left = batchWaitMs - (performance.now() - oldest.since);
    clearTimeout(waitTimer);
    if (queue.length < batchSize && left > 0) {
      waitTimer = setTimeout(pump, left);
      return;
    }
    busy = true;
    void runBatch(thread, queue.splice(0, batchSize)).finally(() => {
      busy = false;
      pump();
    });
  };

  const running = (): InferenceThread => {
    if (thread === null)
      throw failure(closed ? 'the inference service is closed' : 'the inference thread is restarting');
    return thread;
  };

  const loaded = await loadModel(options.modelDir);
  thread = await startThread(entry, settings, restartLater);
  const info = thread.info;

  return {
    loaded,
    model: loaded.manifest,
    describe: () => thread?.info ?? info,
    queued: () => queue.length,
    predict: (picture, context) =>
      new Promise((resolve, reject) => {
        if (closed) throw failure('the inference service is closed');
        if (queue.length >= maxQueue) throw failure(`${maxQueue} pictures already wait for the engine`);
        // Here and not in the thread, which prepares nothing while it computes.
        const started = performance.now();
        const input = prepare(picture, loaded.manifest.input);
        const since = performance.now();
        const judgeOutput = (output: EngineOutput) => judge(picture, output, loaded, context);
        queue.push({ input, preprocessMs: since - started, judge: judgeOutput, since, resolve, reject });
        pump();
      }),
    benchmark: async (images) => ({ imagesPerSecond: await running().benchmark(images) }),
    tensorCount: async () => running().tensorCount(),
    close: async () => {
      closed = true;
      clearTimeout(waitTimer);
      clearTimeout(restartTimer);
      rejectQueued(failure('the inference service is closed'));
      await thread?.stop();
    },
  };
}
