import { Worker } from 'node:worker_threads';
import { DomainError } from '../errors.js';
import { builtEntry } from '../runtime.js';
import type { CtAnalysis } from './analyse.js';
import type { CtVolume } from './volume.js';

const deadlineMs = 120_000;

const failure = (message: string, cause?: unknown) =>
  new DomainError('INFERENCE_FAILED', message, { retryable: true, http: 503, cause });

/**
 * Analyses a volume in a thread of its own, so that the event loop goes on answering.
 *
 * @throws DomainError INFERENCE_FAILED, retryable: the thread was lost or took longer than two minutes; the signal's
 *   reason when it is given up
 */
export function analyseInThread(volume: CtVolume, signal?: AbortSignal): Promise<CtAnalysis> {
  const worker = new Worker(builtEntry('server/ct/analysis.worker'), { workerData: volume });
  return new Promise<CtAnalysis>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(failure('the analysis of the volume took too long'));
      void worker.terminate();
    }, deadlineMs);
    const giveUp = () => {
      reject(signal?.reason as Error);
      void worker.terminate();
    };
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    worker.once('message', resolve);
    worker.once('error', (cause) => reject(failure('the analysis of the volume failed', cause)));
    worker.once('exit', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      // After an answer this changes nothing.
      reject(failure('the analysis of the volume ended without an answer'));
    });
  });
}
