import { sql } from 'kysely';
import type { Db, TriagePriorityName, TriageRow } from '../database/types.js';

/** How often a triage is tried before it fails for good. */
export const maximumAttempts = 4;

const queueRank: Record<TriagePriorityName, number> = { STAT: -20, URGENT: -10, ROUTINE: 0 };

/** True when one priority comes before another in the queue. */
export function isBefore(one: TriagePriorityName, other: TriagePriorityName): boolean {
  return queueRank[one] < queueRank[other];
}

/** Names a model with its weights: what a triage wants and what a worker has. */
export function modelKey({ modelId, modelVersion }: Pick<TriageRow, 'modelId' | 'modelVersion'>): string {
  return `${modelId}@${modelVersion}`;
}

/** Name of the task that computes triages of one model: only a worker that has it takes them. */
export function taskOf(model: string): string {
  return `triage:${model}`;
}

/** Puts a triage's job in the queue; the key keeps it single. */
export async function enqueue(
  trx: Db,
  triage: Pick<TriageRow, 'id' | 'modelId' | 'modelVersion' | 'priority' | 'requestId'>,
): Promise<void> {
  const { id, priority, requestId } = triage;
  await sql`select graphile_worker.add_job(${taskOf(modelKey(triage))}, ${JSON.stringify({ id, requestId })}::json,
    job_key => ${jobKey(id)}, max_attempts => ${maximumAttempts}::int,
    priority => ${queueRank[priority]}::int)`.execute(trx);
}

/** Takes a triage's job out of the queue; one that runs is not tried again. */
export async function removeJob(trx: Db, id: string): Promise<void> {
  await sql`select graphile_worker.remove_job(${jobKey(id)})`.execute(trx);
}

const jobKey = (id: string) => `triage:${id}`;
