/** Runs work, not more than so many at once; the rest waits for its turn. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A limit of its own.
 *
 * @param most how many pieces of work run at once, 1 or more
 */
export function createLimit(most: number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((turn) => waiting.push(turn));
    else running++;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
