import { sql } from 'kysely';
import { problemText } from '../problem-texts.js';
import type { StoredResult } from '../triage.result.js';
import { finishedUrgency } from '../urgency.js';
import { ours } from './claim.js';
import { NotOurs, type Attempt, type TriageTools, type Verdict } from './tools.js';

/**
 * Ends a triage with its verdict, findings and all in one transaction.
 *
 * @param startedAtMs `performance.now()` when the attempt began
 * @throws NotOurs when the triage was cancelled or taken over: nothing is written
 */
export async function store(
  { db }: TriageTools,
  attempt: Attempt,
  verdict: Verdict,
  startedAtMs: number,
): Promise<void> {
  const ended = { progress: null, finishedAt: sql<Date>`clock_timestamp()` };
  if (verdict.kind === 'ABSTAINED') {
    const { code, detail } = verdict;
    const { message, advice } = problemText(code);
    const updated = await ours(db, attempt)
      .set({
        ...ended,
        status: 'ABSTAINED',
        urgency: finishedUrgency(null, null),
        problemCode: code,
        problemMessage: message,
        problemAdvice: advice,
        problemDetail: detail,
        problemRetryable: false,
      })
      .returning('id')
      .executeTakeFirst();
    if (!updated) throw new NotOurs();
    return;
  }
  const result: StoredResult = {
    ...verdict.result,
    durations: {
      queuedMs: Math.max(0, attempt.startedAt.getTime() - attempt.queuedAt.getTime()),
      decodeMs: verdict.decodeMs,
      inferenceMs: verdict.inferenceMs,
      totalMs: performance.now() - startedAtMs,
    },
  };
  const covidProbability = verdict.findings.find(({ code }) => code === 'COVID')?.probability ?? 0;
  const severityLevel = result.severity?.level ?? null;
  await db.transaction().execute(async (trx) => {
    const updated = await ours(trx, attempt)
      .set({
        ...ended,
        status: 'SUCCEEDED',
        covidProbability,
        severityLevel,
        urgency: finishedUrgency(covidProbability, severityLevel),
        result: JSON.stringify(result),
      })
      .returning('id')
      .executeTakeFirst();
    if (!updated) throw new NotOurs();
    const findings = verdict.findings.map((finding, ordinal) => ({
      ...finding,
      ordinal,
      triageId: attempt.id,
    }));
    await trx.insertInto('finding').values(findings).execute();
  });
}
