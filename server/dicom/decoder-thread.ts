import { Worker } from 'node:worker_threads';
import { DomainError } from '../errors.js';
import type { DecoderAnswer, DecoderJob, DecoderReply } from './decoder-messages.js';
import { dicomError } from './problems.js';

/** One decoder thread. It is ended by a deadline or a crash, and then takes no more jobs. */
export interface DecoderThread {
  /** Rejects with a DomainError; one job at a time. */
  run(job: DecoderJob): Promise<DecoderAnswer>;
  alive(): boolean;
  stop(): Promise<void>;
}

/** Pictures lie outside of V8's heap: this bounds only what damaged headers could make of it. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };
const START_DEADLINE_MS = 60_000;
/** A job of many frames may take this many deadlines in all. */
const MAX_DEADLINES = 60;

/** A copy that can be handed over, so that no caller's buffer is taken from it or shared with a codec. */
function handOver(job: DecoderJob): { job: DecoderJob; transfer: ArrayBuffer[] } {
  if (job.bytes.buffer instanceof SharedArrayBuffer) return { job, transfer: [] };
  const bytes = new Uint8Array(job.bytes.length);
  bytes.set(job.bytes);
  return { job: { ...job, bytes }, transfer: [bytes.buffer] };
}

interface Pending {
  resolve(answer: DecoderAnswer): void;
  reject(error: DomainError): void;
  timer: NodeJS.Timeout;
  endsAt: number;
}

/** Starts a thread; jobs given before it is ready wait for it. */
export function startDecoderThread(entry: string, deadlineMs: number): DecoderThread {
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
  const onDeadline = () =>
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
      case 'progress':
        if (pending !== null && Date.now() < pending.endsAt) pending.timer.refresh();
        return;
      case 'done':
        return settle(({ resolve }) => resolve(reply.answer));
      case 'failed':
        return settle(({ reject }) => reject(dicomError(reply.code, reply.message, { cause: reply.cause })));
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
    async run(job) {
      worker.ref();
      const slow = setTimeout(onDeadline, START_DEADLINE_MS);
      await started;
      clearTimeout(slow);
      if (endedBy !== null) throw endedBy;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(onDeadline, deadlineMs);
        pending = { resolve, reject, timer, endsAt: Date.now() + deadlineMs * MAX_DEADLINES };
        const message = handOver(job);
        worker.postMessage(message.job, message.transfer);
      });
    },
  };
}
