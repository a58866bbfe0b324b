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
  /**
   * Ends when its consumer returns it, when the listener is closed, and after a gap in which a change may have been
   * missed: its consumer then has to read everything again. Changes of one triage that wait are one.
   */
  watch(matches: (change: Change) => boolean): AsyncIterableIterator<Change>;
  close(): Promise<void>;
}

interface Watcher {
  offer(change: Change): void;
  end(): void;
}

/** How often the connection is tried; one that does not answer as long is lost. Milliseconds. */
const usualHeartbeatMs = 10_000;

/** Listens on a connection of its own and opens a new one when it is lost. */
export async function listenToChanges(
  databaseUrl: string,
  log: Logger,
  heartbeatMs = usualHeartbeatMs,
): Promise<Changes> {
  const watchers = new Set<Watcher>();
  const endAll = () => {
    for (const watcher of [...watchers]) watcher.end();
  };
  let closed = false;
  let stopCurrent = await open();
  return {
    watch: (matches) => watch(watchers, matches),
    close: async () => {
      closed = true;
      endAll();
      await stopCurrent();
    },
  };

  async function open(): Promise<() => Promise<void>> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      query_timeout: heartbeatMs,
    });
    client.on('notification', ({ payload }) => {
      const change = JSON.parse(payload ?? '{}') as Change;
      for (const watcher of watchers) watcher.offer(change);
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('listen triage_changed');
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    let lost = false;
    const lose = () => {
      if (lost || closed) return;
      lost = true;
      clearInterval(heartbeat);
      void client.end().catch(() => undefined);
      void reopen();
    };
    // A line that is cut somewhere between gives no sign by itself.
    const heartbeat = setInterval(() => {
      client.query('select 1').catch(lose);
    }, heartbeatMs);
    // Only now: a connection that never came to be ends, too, and is the caller's to try again.
    client.on('end', lose);
    return async () => {
      clearInterval(heartbeat);
      await client.end();
    };
  }

  async function reopen(): Promise<void> {
    log.warn('lost the connection for live changes; opening a new one');
    for (let wait = 250; !closed; wait = Math.min(wait * 2, 5000)) {
      try {
        stopCurrent = await open();
        if (closed) await stopCurrent();
        // What changed meanwhile was told to nobody: whoever watches has to begin anew.
        endAll();
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
