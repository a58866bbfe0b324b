import { sql } from 'kysely';
import type { Db } from '../../database/types.js';
import { problemText } from '../problem-texts.js';
import type { StoredInvolvement, StoredResult, StoredSlice } from '../triage.result.js';
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
  const values = verdict.kind === 'JUDGED' ? judged(attempt, verdict, startedAtMs) : abstained(verdict);
  const ended = { progress: null, finishedAt: sql<Date>`clock_timestamp()` };
  await db.transaction().execute(async (trx) => {
    // A process that is stopped right here would keep the row from those who are to take it over.
    await sql`set local idle_in_transaction_session_timeout = '10s'`.execute(trx);
    const updated = await ours(trx, attempt)
      .set({ ...ended, ...values })
      .returning('id')
      .executeTakeFirst();
    if (!updated) throw new NotOurs();
    if (verdict.kind !== 'JUDGED') return;
    const findings = verdict.findings.map((finding, ordinal) => ({
      ...finding,
      ordinal,
      triageId: attempt.id,
    }));
    await trx.insertInto('finding').values(findings).execute();
    if (verdict.series) await storeSeries(trx, attempt.id, verdict.series);
  });
}

async function storeSeries(
  trx: Db,
  triageId: string,
  { slices, involvement }: { slices: StoredSlice[]; involvement: StoredInvolvement },
): Promise<void> {
  const rows = slices.map(({ heatmap, ...slice }) => ({
    ...{ ...slice, triageId },
    heatmap: heatmap && JSON.stringify(heatmap),
  }));
  await trx.insertInto('triageSlice').values(rows).execute();
  await trx
    .insertInto('triageInvolvement')
    .values({ ...involvement, triageId })
    .execute();
}

function abstained({ code, detail }: Extract<Verdict, { kind: 'ABSTAINED' }>) {
  const { message, advice } = problemText(code);
  return {
    status: 'ABSTAINED' as const,
    urgency: finishedUrgency(null, null),
    problemCode: code,
    problemMessage: message,
    problemAdvice: advice,
    problemDetail: detail,
    problemRetryable: false,
  };
}

function judged(attempt: Attempt, verdict: Extract<Verdict, { kind: 'JUDGED' }>, startedAtMs: number) {
  const { findings, decodeMs, inferenceMs } = verdict;
  const queuedMs = Math.max(0, attempt.startedAt.getTime() - attempt.queuedAt.getTime());
  const totalMs = performance.now() - startedAtMs;
  const result: StoredResult = {
    ...verdict.result,
    durations: { queuedMs, decodeMs, inferenceMs, totalMs },
  };
  const covidProbability = findings.find(({ code }) => code === 'COVID')?.probability ?? 0;
  const severityLevel = result.severity?.level ?? null;
  return {
    status: 'SUCCEEDED' as const,
    covidProbability,
    severityLevel,
    urgency: finishedUrgency(covidProbability, severityLevel),
    result: JSON.stringify(result),
  };
}
