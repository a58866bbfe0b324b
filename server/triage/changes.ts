import pg from 'pg';
import type { Logger } from '../log.js';

/** Which triage changed: ids only. */
export interface Change {
  id: string;
  studyInstanceUid: string;
  patientId: string;
}

/** Changes of triages by any process, as PostgreSQL notifies them. */
export interface Changes {
  /** Ends when its consumer returns it or the listener is closed. Changes of one triage that wait are one. */
  watch(matches: (change: Change) => boolean): AsyncIterableIterator<Change>;
  close(): Promise<void>;
}

interface Watcher {
  offer(change: Change): void;
  end(): void;
}

/** Listens on a connection of its own and opens a new one when it is lost. */
export async function listenToChanges(databaseUrl: string, log: Logger): Promise<Changes> {
  const watchers = new Set<Watcher>();
  let closed = false;
  let client = await open();
  return {
    watch: (matches) => watch(watchers, matches),
    close: async () => {
      closed = true;
      for (const watcher of watchers) watcher.end();
      await client.end();
    },
  };

  async function open(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
    fresh.on('notification', ({ payload }) => {
      const change = JSON.parse(payload ?? '{}') as Change;
      for (const watcher of watchers) watcher.offer(change);
    });
    fresh.on('error', () => undefined);
    await fresh.connect();
    await fresh.query('listen triage_changed');
    // Only now: a connection that never came to be ends, too, and is the caller's to try again.
    fresh.on('end', () => {
      if (!closed) void reopen();
    });
    return fresh;
  }

  async function reopen(): Promise<void> {
    log.warn('lost the connection for live changes; opening a new one');
    for (let wait = 250; !closed; wait = Math.min(wait * 2, 5000)) {
      try {
        client = await open();
        if (closed) await client.end();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}

/** A consumer slower than the changes gets the newest state of each triage once: what waits is bounded by their number. */
function watch(watchers: Set<Watcher>, matches: (change: Change) => boolean): AsyncIterableIterator<Change> {
  const waiting = new Map<string, Change>();
  let wake: (() => void) | null = null;
  let ended = false;
  const watcher: Watcher = {
    offer: (change) => {
      if (!matches(change)) return;
      waiting.set(change.id, change);
      wake?.();
    },
    end: () => {
      ended = true;
      watchers.delete(watcher);
      wake?.();
    },
  };
  watchers.add(watcher);
  const done = { done: true, value: undefined } as const;
  return {
    next: async () => {
      while (waiting.size === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const [first] = waiting;
      if (ended || first === undefined) return done;
      waiting.delete(first[0]);
      return { done: false, value: first[1] };
    },
    return: async () => {
      watcher.end();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
