import { EventEmitter, on } from 'node:events';
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
  watch(matches: (change: Change) => boolean): AsyncGenerator<Change>;
  close(): Promise<void>;
}

/** Listens on a connection of its own and opens a new one when it is lost. */
export async function listenToChanges(databaseUrl: string, log: Logger): Promise<Changes> {
  const emitter = new EventEmitter().setMaxListeners(0);
  let closed = false;
  let client = await open();
  return {
    watch: async function* (matches) {
      for await (const [change] of on(emitter, 'change')) {
        if (matches(change as Change)) yield change as Change;
      }
    },
    close: async () => {
      closed = true;
      await client.end();
    },
  };

  async function open(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
    fresh.on('notification', ({ payload }) => {
      emitter.emit('change', JSON.parse(payload ?? '{}') as Change);
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
