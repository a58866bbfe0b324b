import { DomainError } from '../errors.js';
import { builtEntry } from '../runtime.js';
import type { DecoderAnswer, DecoderJob } from './decoder-messages.js';
import { startDecoderThread, type DecoderThread } from './decoder-thread.js';
import type { DisplayOptions } from './display.js';
import type { DisplayFrame, GrayFrame } from './frame.js';
import type { ReducedSize } from './hounsfield.js';
import { dicomError } from './problems.js';

export interface DecodePoolOptions {
  /** Threads, 1 or more; started when first needed. */
  size: number;
  /** Longest time for one frame, in milliseconds; the thread that takes longer is ended. */
  deadlineMs: number;
  /** Jobs that may wait; more are refused, retryable. 256 unless told. */
  maxQueue?: number;
  /** The thread's built file, when it is not the usual one. */
  entry?: string;
}

/**
 * Decodes in threads that can be ended. Every method rejects with a DomainError: those of `decodeFrame`, and
 * DECODE_TIMEOUT, retryable, past the deadline or when too many jobs wait.
 */
export interface DecodePool {
  /** One frame in modality units; `frameIndex` from 0. The bytes must not change before it settles. */
  decode(bytes: Uint8Array, frameIndex: number): Promise<GrayFrame>;
  /** One frame as it is to be shown or judged. */
  renderDisplay(bytes: Uint8Array, frameIndex: number, options?: DisplayOptions): Promise<DisplayFrame>;
  /** A CT frame in Hounsfield units, reduced to a size; columns * rows values, row by row. */
  hounsfield(bytes: Uint8Array, frameIndex: number, size: ReducedSize): Promise<Int16Array>;
  /** SHA-256 of the stored pixels of all frames, in hex. The deadline counts for each frame. */
  pixelDigest(bytes: Uint8Array): Promise<string>;
  /** Jobs that wait for a thread. */
  queued(): number;
  /** Ends the threads; what is pending is rejected, retryable. */
  close(): Promise<void>;
}

interface Item {
  job: DecoderJob;
  resolve(answer: DecoderAnswer): void;
  reject(error: unknown): void;
}

/** Starts no thread yet. */
export function createDecodePool(options: DecodePoolOptions): DecodePool {
  const { size, deadlineMs, maxQueue = 256 } = options;
  const entry = options.entry ?? builtEntry('server/dicom/decoder.worker');
  const queue: Item[] = [];
  const idle: DecoderThread[] = [];
  const all = new Set<DecoderThread>();
  let closed = false;

  function takeThread(): DecoderThread | null {
    const ready = idle.pop();
    if (ready !== undefined) return ready;
    if (all.size >= size) return null;
    const thread = startDecoderThread(entry, deadlineMs);
    all.add(thread);
    return thread;
  }

  async function work(thread: DecoderThread, item: Item): Promise<void> {
    try {
      item.resolve(await thread.run(item.job));
    } catch (error) {
      item.reject(error);
    }
    if (thread.alive()) idle.push(thread);
    else all.delete(thread);
    next();
  }

  function next(): void {
    while (queue.length > 0 && !closed) {
      const thread = takeThread();
      if (thread === null) return;
      const item = queue.shift();
      if (item !== undefined) void work(thread, item);
    }
  }

  function submit(job: DecoderJob): Promise<DecoderAnswer> {
    return new Promise((resolve, reject) => {
      if (closed) {
        reject(new DomainError('INTERNAL', 'the decoders are stopped', { http: 503, retryable: true }));
      } else if (queue.length >= maxQueue) {
        const busy = { http: 503, retryable: true };
        reject(dicomError('DECODE_TIMEOUT', 'too many pictures wait to be decoded', busy));
      } else {
        queue.push({ job, resolve, reject });
        next();
      }
    });
  }

  return {
    decode: async (bytes, frameIndex) => (await submit({ kind: 'decode', bytes, frameIndex })) as GrayFrame,
    renderDisplay: async (bytes, frameIndex, display = {}) =>
      (await submit({ kind: 'display', bytes, frameIndex, options: display })) as DisplayFrame,
    hounsfield: async (bytes, frameIndex, size) =>
      (await submit({ kind: 'hounsfield', bytes, frameIndex, size })) as Int16Array,
    pixelDigest: async (bytes) => (await submit({ kind: 'digest', bytes })) as string,
    queued: () => queue.length,
    async close() {
      closed = true;
      const stopped = new DomainError('INTERNAL', 'the decoders are stopped', { http: 503, retryable: true });
      for (const { reject } of queue.splice(0)) reject(stopped);
      await Promise.all([...all].map((thread) => thread.stop()));
    },
  };
}
