import type { TriageRow } from '../database/types.js';
import type { Pace } from './triage.repository.js';

/** What an estimate is made from. */
export interface QueueOutlook {
  /** Triages being computed now. */
  running: number;
  /** Whether any living worker has the triage's model. */
  isServed: boolean;
  /** Null before the first triage has ended. */
  pace: Pace | null;
}

/** Of the mean duration: what is left at least of one that has not ended. */
const smallestShare = 0.1;
/** Of the mean duration: one that has run for longer is no longer like those that the mean is of. */
const largestShare = 2;

/**
 * Seconds until a triage will have ended; null when it has, when no living worker has its model, before anything was
 * computed, or when it has run for more than twice as long as usual. Never 0: something is left of what has not ended.
 *
 *
 * One that waits has all before it to outlast, at the pace at which triages end, and is never faster than a single
 * one is. One that runs has the rest of its mean duration, and never less than a tenth of it: many outlast what
 * is usual by little, and a clinician who is told 0 would wait for what does not come. Past twice the
 * mean the last ones say nothing about it any more: its picture is far larger, or its worker hangs.
 *
 * @param position its place in the queue, 1 first; null when it does not wait
 */
export function estimatedSecondsLeft(
  row: Pick<TriageRow, 'status' | 'startedAt'>,
  position: number | null,
  { running, isServed, pace }: QueueOutlook,
  now: Date,
): number | null {
  if (pace === null || !isServed) return null;
  if (row.status === 'QUEUED') {
    return position === null ? null : Math.max(pace.seconds, (running + position) * pace.secondsApart);
  }
  if (row.status !== 'RUNNING' || row.startedAt === null) return null;
  const elapsed = (now.getTime() - row.startedAt.getTime()) / 1000;
  if (elapsed > largestShare * pace.seconds) return null;
  return Math.max(smallestShare * pace.seconds, pace.seconds - elapsed);
}
