import { sql } from 'kysely';
import type { DomainError, ErrorCode } from '../../errors.js';
import { failureText } from '../problem-texts.js';
import { failedUrgency } from '../urgency.js';
import { ours } from './claim.js';
import type { Attempt, TriageTools } from './tools.js';

/** The columns of a triage that has failed. */
export function failed(code: ErrorCode, detail: string, retryable: boolean) {
  const { message, advice } = failureText(code);
  return {
    status: 'FAILED' as const,
    progress: null,
    finishedAt: sql<Date>`clock_timestamp()`,
    urgency: failedUrgency,
    problemCode: code,
    problemMessage: message,
    problemAdvice: advice,
    problemDetail: detail,
    problemRetryable: retryable,
  };
}

/**
 * Ends an attempt that failed: back in the queue while others are left and the failure may pass, else for good.
 *
 * @returns true when the queue is to try again
 */
export async function fail({ db }: TriageTools, attempt: Attempt, problem: DomainError): Promise<boolean> {
  const mayPass = problem.retryable || problem.code === 'INTERNAL';
  const again = mayPass && attempt.attempts < attempt.attemptLimit;
  await ours(db, attempt)
    .set(again ? { status: 'QUEUED', progress: null } : failed(problem.code, problem.message, mayPass))
    .execute();
  return again;
}
