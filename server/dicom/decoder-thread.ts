import { Worker } from 'node:worker_threads';
import { DomainError } from '../errors.js';
import type { DecoderAnswer, DecoderFailure, DecoderJob, DecoderReply } from './decoder-messages.js';
import { dicomError } from './problems.js';

/** One decoder thread. It is ended by a deadline or a crash, and then takes no more jobs. */
export interface DecoderThread {
  /** Rejects with a DomainError; one job at a time, ended after `deadlineMs`. */
  run(job: DecoderJob, deadlineMs: number): Promise<DecoderAnswer>;
  alive(): boolean;
  stop(): Promise<void>;
}

/** Pictures lie outside of V8's heap: this bounds only what damaged headers could make of it. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };
const START_DEADLINE_MS = 60_000;

/** A copy that can be handed over, so that no caller's buffer is taken from it or shared with a codec. */
function handOver(job: DecoderJob): { job: DecoderJob; transfer: ArrayBuffer[] } {
  if (!(job.input instanceof Uint8Array)) return { job, transfer: [] };
  if (job.input.buffer instanceof SharedArrayBuffer) return { job, transfer: [] };
  const input = new Uint8Array(job.input.length);
  input.set(job.input);
  return { job: { ...job, input }, transfer: [input.buffer] };
}

function errorOf({ code, message, ...options }: DecoderFailure): DomainError {
  return new DomainError(code, message, options);
}

interface Pending {
  resolve(answer: DecoderAnswer): void;
  reject(error: DomainError): void;
  timer: NodeJS.Timeout;
}

/** Starts a thread; jobs given before it is ready wait for it. */
export function startDecoderThread(entry: string): DecoderThread {
  const worker = new Worker(entry, { resourceLimits: RESOURCE_LIMITS });
  let pending: Pending | null = null;
  let alive = true;
  let isReady = false;
  let endedBy: DomainError | null = null;
  let ready: () => void;
  const started = new Promise<void>((resolve) => (ready = resolve));

  const settle = (finish: (current: Pending) => void) => {
    const current = pending;
    pending = null;
    if (current === null) return;
    clearTimeout(current.timer);
    worker.unref();
    finish(current);
  };
  const end = (error: DomainError) => {
    alive = false;
    endedBy ??= error;
    settle(({ reject }) => reject(error));
    ready();
    void worker.terminate();
  };
  const onDeadline = (deadlineMs: number) =>
    end(
      dicomError('DECODE_TIMEOUT', `decoding took longer than ${deadlineMs} ms and was stopped`, {
        retryable: true,
      }),
    );
  const onStop = () => new DomainError('INTERNAL', 'the decoder was stopped', { http: 503, retryable: true });

  worker.unref();
  worker.on('message', (reply: DecoderReply) => {
    switch (reply.kind) {
      case 'ready':
        isReady = true;
        return ready();
      case 'done':
        return settle(({ resolve }) => resolve(reply.answer));
      case 'failed':
        return settle(({ reject }) => reject(errorOf(reply.failure)));
    }
  });
  worker.on('error', (cause) => {
    const memory = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (memory) end(dicomError('DICOM_TOO_LARGE', 'decoding needs more memory than it may have', { cause }));
    else if (isReady)
      end(dicomError('PIXELS_CORRUPT', 'the decoder broke down over this picture', { cause }));
    else end(new DomainError('INTERNAL', 'the decoder could not be started', { http: 500, cause }));
  });
  worker.on('exit', () => end(dicomError('PIXELS_CORRUPT', 'the decoder broke down over this picture')));

  return {
    alive: () => alive,
    async stop() {
      end(onStop());
      await worker.terminate();
    },
    async run(job, deadlineMs) {
      worker.ref();
      const slow = setTimeout(onDeadline, START_DEADLINE_MS, START_DEADLINE_MS);
      await started;
      clearTimeout(slow);
      if (endedBy !== null) throw endedBy;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(onDeadline, deadlineMs, deadlineMs);
        pending = { resolve, reject, timer };
        const message = handOver(job);
        worker.postMessage(message.job, message.transfer);
      });
    },
  };
}
