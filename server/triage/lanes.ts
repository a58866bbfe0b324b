/**
 * Runs a task for every item, so many at once. After a failure, or when the signal is given, nothing new is begun;
 * what is under way ends first, then the reason is thrown.
 */
export async function forEachOf<T>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal | null,
  task: (item: T, place: number) => Promise<void>,
): Promise<void> {
  const waiting = items.entries();
  let failed = false;
  const lane = async () => {
    for (const [place, item] of waiting) {
      if (failed) return;
      try {
        signal?.throwIfAborted();
        await task(item, place);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.max(1, Math.min(concurrency, items.length)) }, lane);
  const broken = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
  if (broken?.status === 'rejected') throw broken.reason;
  signal?.throwIfAborted();
}
