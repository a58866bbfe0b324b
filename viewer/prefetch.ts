type Load<Value> = (key: string, signal: AbortSignal) => Promise<Value>;

const concurrency = 4;

/**
 * Loads what is wanted now and what is likely wanted next, a few at a time; what is no longer wanted is given up, and
 * of what was loaded only the most recently wanted stay in memory.
 */
export class Prefetch<Value> {
  readonly #load: Load<Value>;
  readonly #capacity: number;
  /** In the order of the last wish, the oldest first. */
  readonly #loaded = new Map<string, Value>();
  readonly #running = new Map<string, AbortController>();
  #wanted: readonly string[] = [];
  #arrived: (key: string, value: Value) => void;
  #failed: (key: string, error: unknown) => void;

  /** @param capacity values kept at most */
  constructor(
    load: Load<Value>,
    capacity: number,
    arrived: (key: string, value: Value) => void,
    failed: (key: string, error: unknown) => void,
  ) {
    this.#load = load;
    this.#capacity = capacity;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  /** @param keys most urgent first, no more than fit */
  want(keys: readonly string[]): void {
    this.#wanted = keys.slice(0, this.#capacity);
    for (const [key, { abort }] of this.#controllers()) if (!this.#wanted.includes(key)) abort();
    for (const key of [...this.#wanted].reverse()) {
      const value = this.#loaded.get(key);
      if (value === undefined) continue;
      this.#loaded.delete(key);
      this.#loaded.set(key, value);
    }
    const [first] = this.#wanted;
    const ready = first === undefined ? undefined : this.#loaded.get(first);
    if (first !== undefined && ready !== undefined) this.#arrived(first, ready);
    this.#next();
  }

  clear(): void {
    this.want([]);
    this.#loaded.clear();
  }

  #controllers() {
    return [...this.#running].map(([key, controller]) => [key, { abort: () => controller.abort() }] as const);
  }

  #next(): void {
    for (const key of this.#wanted) {
      if (this.#running.size >= concurrency) return;
      if (!this.#loaded.has(key) && !this.#running.has(key)) this.#start(key);
    }
  }

  #start(key: string): void {
    const controller = new AbortController();
    this.#running.set(key, controller);
    this.#load(key, controller.signal)
      .then(
        (value) => {
          if (controller.signal.aborted) return;
          this.#loaded.set(key, value);
          for (const [oldest] of this.#loaded) {
            if (this.#loaded.size <= this.#capacity) break;
            this.#loaded.delete(oldest);
          }
          if (this.#wanted[0] === key) this.#arrived(key, value);
        },
        (error: unknown) => {
          // It is not asked for again until it is wanted anew.
          this.#wanted = this.#wanted.filter((one) => one !== key);
          if (!controller.signal.aborted) this.#failed(key, error);
        },
      )
      .finally(() => {
        this.#running.delete(key);
        this.#next();
      });
  }
}
