import { DomainError } from '../errors.js';
import { builtEntry } from '../runtime.js';
import type { DicomInput } from './byte-source.js';
import type { DecoderAnswer, DecoderJob } from './decoder-messages.js';
import { startDecoderThread, type DecoderThread } from './decoder-thread.js';
import type { DisplayOptions } from './display.js';
import type { DisplayFrame, GrayFrame } from './frame.js';
import type { HounsfieldSlice, ReducedSize } from './hounsfield.js';
import { dicomError } from './problems.js';

export interface DecodePoolOptions {
  /** Threads, 1 or more; started when first needed. */
  size: number;
  /** Longest time for one frame, in milliseconds; the thread that takes longer is ended. */
  deadlineMs: number;
  /** Longest time for the digest of all frames of an object; eight times `deadlineMs` unless told. */
  digestDeadlineMs?: number;
  /** Jobs that may wait; more are refused, retryable. 256 unless told. */
  maxQueue?: number;
  /** The thread's built file, when it is not the usual one. */
  entry?: string;
}

/**
 * Decodes in threads that can be ended. Of a file that is named by its path a thread reads the header and what the
 * frame needs, so that memory does not grow with the file. Every method rejects with a DomainError: those of `decodeFrame`,
 * STORAGE_FAILED, retryable, when the path cannot be read, and DECODE_TIMEOUT, retryable, past the deadline or when too
 * many jobs wait.
 */
export interface DecodePool {
  /** One frame in modality units; `frameIndex` from 0. The bytes must not change before it settles. */
  decode(input: DicomInput, frameIndex: number): Promise<GrayFrame>;
  /** One frame as it is to be shown or judged. */
  renderDisplay(input: DicomInput, frameIndex: number, options?: DisplayOptions): Promise<DisplayFrame>;
  /** A CT frame in Hounsfield units, reduced to a size and, where `whole` says so, as large as it is. */
  hounsfield(
    input: DicomInput,
    frameIndex: number,
    size: ReducedSize,
    whole?: boolean,
  ): Promise<HounsfieldSlice>;
  /** SHA-256 of the stored pixels of all frames, in hex. One at a time, so that pictures never wait behind several. */
  pixelDigest(input: DicomInput): Promise<string>;
  /** The header as one object of the DICOM JSON model, serialised (PS3.18 F.2). */
  metadata(input: DicomInput): Promise<string>;
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
  const { size, deadlineMs, digestDeadlineMs = 8 * deadlineMs, maxQueue = 256 } = options;
  const entry = options.entry ?? builtEntry('server/dicom/decoder.worker');
  const queue: Item[] = [];
  const idle: DecoderThread[] = [];
  const all = new Set<DecoderThread>();
  let closed = false;
  let digesting = false;

  function takeThread(): DecoderThread | null {
    const ready = idle.pop();
    if (ready !== undefined) return ready;
    if (all.size >= size) return null;
    const thread = startDecoderThread(entry);
    all.add(thread);
    return thread;
  }

  async function work(thread: DecoderThread, item: Item): Promise<void> {
    const isDigest = item.job.kind === 'digest';
    digesting ||= isDigest;
    try {
      item.resolve(await thread.run(item.job, isDigest ? digestDeadlineMs : deadlineMs));
    } catch (error) {
      item.reject(error);
    }
    if (isDigest) digesting = false;
    if (thread.alive()) idle.push(thread);
    else all.delete(thread);
    next();
  }

  function next(): void {
    while (!closed) {
      const index = queue.findIndex(({ job }) => job.kind !== 'digest' || !digesting);
      const thread = index < 0 ? null : takeThread();
      if (thread === null) return;
      const [item] = queue.splice(index, 1);
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
    decode: async (input, frameIndex) => (await submit({ kind: 'decode', input, frameIndex })) as GrayFrame,
    renderDisplay: async (input, frameIndex, display = {}) =>
      (await submit({ kind: 'display', input, frameIndex, options: display })) as DisplayFrame,
    hounsfield: async (input, frameIndex, size, whole = false) =>
      (await submit({ kind: 'hounsfield', input, frameIndex, size, whole })) as HounsfieldSlice,
    pixelDigest: async (input) => (await submit({ kind: 'digest', input })) as string,
    metadata: async (input) => (await submit({ kind: 'metadata', input })) as string,
    queued: () => queue.length,
    async close() {
      closed = true;
      const stopped = new DomainError('INTERNAL', 'the decoders are stopped', { http: 503, retryable: true });
      for (const { reject } of queue.splice(0)) reject(stopped);
      await Promise.all([...all].map((thread) => thread.stop()));
    },
  };
}
