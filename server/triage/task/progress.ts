import { sql } from 'kysely';
import { ours } from './claim.js';
import { NotOurs, type Attempt, type TriageTools } from './tools.js';

/**
 * Tells how much of a triage is done; that never shrinks.
 *
 * @param progress 0 to 1
 * @throws NotOurs when the triage was cancelled or taken over meanwhile
 */
export async function report(
  { db }: Pick<TriageTools, 'db'>,
  attempt: Attempt,
  progress: number,
): Promise<void> {
  const updated = await ours(db, attempt)
    .set({ progress: sql<number>`greatest(progress, ${progress})` })
    .returning('id')
    .executeTakeFirst();
  if (!updated) throw new NotOurs();
}

/** How often progress is told, and how often it is told without any: a sign of life, milliseconds. */
const usualPace = { everyMs: 300, silenceMs: 5_000 };

/** Progress of work in many small steps, told now and then. */
export interface Ticker {
  /** Aborted with the reason for which the work is to end: NotOurs, or what `report` failed with. */
  readonly signal: AbortSignal;
  /** @param progress 0 to 1 */
  set(progress: number): void;
  /** Ends it; work that still looks at the signal ends, too. */
  stop(): Promise<void>;
}

/** Starts telling; a triage that was cancelled is seen within a few seconds even while nothing gets on. */
export function createTicker(
  tools: Pick<TriageTools, 'db'>,
  attempt: Attempt,
  { everyMs, silenceMs } = usualPace,
): Ticker {
  const controller = new AbortController();
  let progress = 0;
  let told = 0;
  let toldAt = performance.now();
  let last: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    const isNews = progress > told || performance.now() - toldAt > silenceMs;
    if (!isNews || busy || controller.signal.aborted) return;
    busy = true;
    told = progress;
    toldAt = performance.now();
    last = report(tools, attempt, told)
      .catch((error: unknown) => controller.abort(error))
      .finally(() => (busy = false));
  }, everyMs);
  return {
    signal: controller.signal,
    set: (value) => (progress = Math.max(progress, value)),
    stop: async () => {
      clearInterval(timer);
      await last;
      controller.abort(new NotOurs());
    },
  };
}
