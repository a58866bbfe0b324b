import type { SliceOutcome, SlicePicture } from '../../inference/slices/types.js';
import type { SliceJudge } from '../task/tools.js';

/** Slices in one call: few enough that the first is begun early, enough to fill the engine's batch. */
const batchSize = 8;

/** Classifies slices while others are still being decoded. */
export interface Classifier {
  /** Takes a slice; it is let go as soon as it has been classified. */
  add(index: number, picture: SlicePicture): void;
  /** Outcomes by the slice's index, once all that were taken are classified. Rejects as `predictSlices` does. */
  settled(): Promise<ReadonlyMap<number, SliceOutcome>>;
  /** Time spent waiting for the engine, milliseconds. */
  busyMs(): number;
}

/**
 * A classifier of one series.
 *
 * @param signal gives up what has not been begun
 */
export function createClassifier(judge: SliceJudge, signal: AbortSignal): Classifier {
  const outcomes = new Map<number, SliceOutcome>();
  let waiting: { index: number; picture: SlicePicture }[] = [];
  let last: Promise<void> = Promise.resolve();
  let busyMs = 0;
  const classify = async (batch: typeof waiting) => {
    signal.throwIfAborted();
    const started = performance.now();
    const answers = await judge.predictSlices(batch.map(({ picture }) => picture));
    busyMs += performance.now() - started;
    batch.forEach(({ index }, i) => {
      const answer = answers[i];
      if (answer) outcomes.set(index, answer);
    });
  };
  const flush = () => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    last = last.then(() => classify(batch));
    // Whoever waits for the end hears of it; until then it must not count as unheard.
    last.catch(() => undefined);
  };
  return {
    add: (index, picture) => {
      waiting.push({ index, picture });
      if (waiting.length >= batchSize) flush();
    },
    settled: async () => {
      flush();
      await last;
      return outcomes;
    },
    busyMs: () => busyMs,
  };
}
