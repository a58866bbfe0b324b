import type { TriagePriorityName } from '../database/types.js';

/** Place in the worklist of what waits; the largest comes first. */
export const waitingUrgency: Record<TriagePriorityName, number> = { STAT: 950, URGENT: 800, ROUTINE: 450 };
export const failedUrgency = 900;
export const cancelledUrgency = 100;
export const reviewedUrgency = 0;

/** Place of a finished triage in the worklist: probable and severe COVID first, abstained ones above normal ones. */
export function finishedUrgency(covidProbability: number | null, severityLevel: number | null): number {
  if (covidProbability === null) return 300;
  return Math.round(covidProbability * 400) + (covidProbability >= 0.5 ? (severityLevel ?? 0) * 100 : 0);
}
