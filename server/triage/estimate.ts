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

/**
 * Seconds until a triage will have ended; null when it has, when no living worker has its model, or before anything was computed.
 *
 * One that waits has all before it to outlast, at the pace at which triages end, and is never faster than a single
 * one is. One that runs has the rest of its mean duration.
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
  return Math.max(0, pace.seconds - (now.getTime() - row.startedAt.getTime()) / 1000);
}
