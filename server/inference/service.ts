import { DomainError } from '../errors.js';
import { builtEntry } from '../runtime.js';
import { asInferenceFailure, createBatcher, inferenceFailure } from './batcher.js';
import { judgeSlice } from './slices/judge-slice.js';
import { loadCtModel, type LoadedCtModel } from './slices/manifest.js';
import { toSliceInput } from './slices/slice-input.js';
import type { SliceOutcome, SlicePicture } from './slices/types.js';
import type { EngineChoice } from './engines/pick-engine.js';
import { startThread, type InferenceThread } from './inference-thread.js';
import { judge } from './judge.js';
import { loadModel, type LoadedModel, type ModelManifest } from './manifest.js';
import type { Task } from './models.js';
import { toModelInput } from './preprocess.js';
import type { EngineInfo, Picture, PictureContext, Prediction } from './types.js';

export interface InferenceOptions {
  engine: EngineChoice;
  /** Folder of the chest X-ray model. */
  modelDir: string;
  /** Folder of the CT model; none unless told. */
  ctModelDir?: string | null;
  /** Most pictures per call of the engine, 1 or more. */
  batchSize: number;
  /** How long a picture may wait for others to fill its batch, in milliseconds. */
  batchWaitMs: number;
  /** A batch that takes longer ends the thread; 30 s unless told. */
  deadlineMs?: number;
  /** Pictures of one task waiting beyond which new ones are refused, retryable; 64 unless told. */
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
  /**
   * Judges CT slices, in batches with others that wait; those of one call in turn, so that any number may be given.
   *
   * @returns outcomes in the order of the slices
   * @throws DomainError INFERENCE_FAILED, retryable, as `predict`; MODEL_NOT_FOUND without a CT model
   */
  predictSlices(slices: readonly SlicePicture[]): Promise<SliceOutcome[]>;
  /** Whether a model for the task is loaded. */
  hasTask(task: Task): boolean;
  /** The engine alone with the chest X-ray model, on inputs made beforehand in full batches. */
  benchmark(images: number): Promise<{ imagesPerSecond: number }>;
  describe(): EngineInfo;
  readonly model: ModelManifest;
  /** The chest X-ray model with its digest, heads and card. */
  readonly loaded: LoadedModel;
  /** The CT model; null when there is none. */
  readonly ct: LoadedCtModel | null;
  tensorCount(): Promise<number>;
  /** Pictures that wait for the engine, those in the running batch left out. */
  queued(): number;
  /** Ends the thread; what is pending is rejected, retryable. */
  close(): Promise<void>;
}

function prepared<T>(prepare: () => T): T {
  try {
    return prepare();
  } catch (error) {
    throw asInferenceFailure(error);
  }
}

/**
 * Starts inference in a thread of its own: models verified, loaded and warm when this resolves. A thread that is
 * lost is restarted with back-off; the batch it held is rejected, those that wait are kept.
 *
 * @throws DomainError ENGINE_NOT_AVAILABLE, MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function createInferenceService(options: InferenceOptions): Promise<InferenceService> {
  const { engine, modelDir, batchSize, batchWaitMs, restartMs = 250 } = options;
  const ctModelDir = options.ctModelDir ?? null;
  const entry = options.entry ?? builtEntry('server/inference/inference.worker');
  const settings = { engine, modelDir, ctModelDir, batchSize };
  let thread: InferenceThread | null = null;
  let closed = false;
  let pause = restartMs;
  let restartTimer: NodeJS.Timeout | undefined;
  const batcher = createBatcher({
    batchSize,
    batchWaitMs,
    deadlineMs: options.deadlineMs ?? 30_000,
    maxQueue: options.maxQueue ?? 64,
    thread: () => thread,
    onDone: () => {
      pause = restartMs;
    },
  });

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
          batcher.pump();
        },
        () => {
          // Whoever waits hears of it now rather than after a second or third attempt.
          batcher.rejectQueued(inferenceFailure('the inference thread could not be restarted'));
          restartLater();
        },
      );
    }, pause);
    pause = Math.min(pause * 2, 30_000);
  };
  const refuseWhenClosed = () => {
    if (closed) throw inferenceFailure('the inference service is closed');
  };
  const running = (): InferenceThread => {
    refuseWhenClosed();
    if (thread === null) throw inferenceFailure('the inference thread is restarting');
    return thread;
  };

  const loaded = await loadModel(modelDir);
  const ct = ctModelDir === null ? null : await loadCtModel(ctModelDir);
  thread = await startThread(entry, settings, restartLater);
  const info = thread.info;

  const predictSlice = async (slice: SlicePicture, { manifest }: LoadedCtModel): Promise<SliceOutcome> => {
    const { values, box } = prepared(() => toSliceInput(slice, manifest.input));
    const { output, times } = await batcher.infer('ct-triage', values);
    const outcome = prepared(() => judgeSlice(output, manifest, slice, box));
    return { ...outcome, inferenceMs: times.inferenceMs };
  };

  return {
    loaded,
    ct,
    model: loaded.manifest,
    hasTask: (task) => task === 'cxr-triage' || ct !== null,
    describe: () => thread?.info ?? info,
    queued: batcher.queued,
    predict: async (picture, context) => {
      refuseWhenClosed();
      batcher.refuseWhenFull('cxr-triage');
      // Here and not in the thread, which prepares nothing while it computes.
      const started = performance.now();
      const input = prepared(() => toModelInput(picture, loaded.manifest.input));
      const preprocessMs = performance.now() - started;
      const { output, times } = await batcher.infer('cxr-triage', input);
      const prediction = prepared(() => judge(picture, output, loaded, context));
      return { prediction, durations: { ...times, preprocessMs } };
    },
    predictSlices: async (slices) => {
      if (ct === null) throw new DomainError('MODEL_NOT_FOUND', 'no model for CT is loaded');
      const outcomes: SliceOutcome[] = [];
      // A batch at a time: a series of a thousand slices neither fills the queue nor holds all its inputs at once.
      for (let from = 0; from < slices.length; from += batchSize) {
        refuseWhenClosed();
        batcher.refuseWhenFull('ct-triage');
        const batch = slices.slice(from, from + batchSize);
        outcomes.push(...(await Promise.all(batch.map((slice) => predictSlice(slice, ct)))));
      }
      return outcomes;
    },
    benchmark: async (images) => ({ imagesPerSecond: await running().benchmark(images) }),
    tensorCount: async () => running().tensorCount(),
    close: async () => {
      closed = true;
      batcher.stop();
      clearTimeout(restartTimer);
      batcher.rejectQueued(inferenceFailure('the inference service is closed'));
      await thread?.stop();
    },
  };
}
