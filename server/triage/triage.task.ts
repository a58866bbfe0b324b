import { DomainError } from '../errors.js';
import type { StudyImage } from '../study/study.repository.js';
import { inputsOfStudy } from './inputs.js';
import type { Task } from './modalities.js';
import { modelKey } from './queue.js';
import { claim } from './task/claim.js';
import { fail } from './task/fail.js';
import { giveWay } from './task/give-way.js';
import { judgeCt } from './task/judge-ct.js';
import { judgePictures } from './task/judge-pictures.js';
import { store } from './task/store.js';
import { NotOurs, servedModels, type Attempt, type TriageTools, type Verdict } from './task/tools.js';

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
    const task = taskOf(tools, attempt);
    const inputs = await inputsOfStudy(db, attempt.studyId, task);
    if (inputs.digest !== attempt.inputDigest) {
      log.info('newer images have arrived; their triage does the work');
      await giveWay(tools, attempt);
      return;
    }
    await store(tools, attempt, await judge(tools, attempt, task, inputs.images), startedAtMs);
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

function taskOf(tools: TriageTools, attempt: Attempt): Task {
  const model = servedModels(tools).find(({ key }) => key === modelKey(attempt));
  if (!model) throw new DomainError('INTERNAL', 'a triage of a model that is not served was taken');
  return model.task;
}

/** The way of judging that fits the model. */
function judge(
  tools: TriageTools,
  attempt: Attempt,
  task: Task,
  images: readonly StudyImage[],
): Promise<Verdict> {
  switch (task) {
    case 'cxr-triage':
      return judgePictures(tools, attempt, images);
    case 'ct-triage':
      if (tools.inference.ct === null) throw new DomainError('INTERNAL', 'there is no model for CT');
      return judgeCt(tools, tools.inference.ct.manifest, attempt, images);
  }
}
