import { DomainError } from '../errors.js';
import { inputsOfStudy } from './inputs.js';
import { claim } from './task/claim.js';
import { fail } from './task/fail.js';
import { giveWay } from './task/give-way.js';
import { judgePictures } from './task/judge-pictures.js';
import { store } from './task/store.js';
import { NotOurs, type TriageTools } from './task/tools.js';

export type { TriageTools } from './task/tools.js';

/**
 * Computes one triage. Safe to run again: it starts from the stored state and does nothing when the triage has
 * ended or another worker has it.
 *
 * @throws DomainError to be tried again, while attempts are left and the failure may pass
 */
export async function runTriage(tools: TriageTools, id: string): Promise<void> {
  const { db, log } = tools;
  const startedAtMs = performance.now();
  const attempt = await claim(tools, id);
  if (!attempt) return;
  try {
    const inputs = await inputsOfStudy(db, attempt.studyId);
    if (inputs.digest !== attempt.inputDigest) {
      log.info('newer images have arrived; their triage does the work');
      await giveWay(tools, attempt);
      return;
    }
    await store(tools, attempt, await judgePictures(tools, attempt, inputs.images), startedAtMs);
  } catch (error) {
    if (error instanceof NotOurs) {
      log.info('the triage was cancelled or taken over meanwhile; its result is dropped');
      return;
    }
    const problem =
      error instanceof DomainError
        ? error
        : new DomainError('INTERNAL', 'unexpected failure', { cause: error });
    log.warn('triage attempt failed', { code: problem.code, attempt: attempt.attempts, error });
    if (await fail(tools, attempt, problem)) throw problem;
  }
}
