// Real: PostgreSQL and its notifications. A proxy of our own stands for the network between.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../server/log.js';
import { listenToChanges, type Change } from '../../server/triage/changes.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/server.js';

const log = createLogger('silent');

describe('the listener for changes', () => {
  let database: TestDatabase;
  const listeners = async () =>
    (
      await sql<{ pid: number }>`select pid from pg_stat_activity
        where datname = current_database() and query like 'listen%'`.execute(database.db)
    ).rows.map(({ pid }) => pid);
  const notify = (id: string) =>
    sql`select pg_notify('triage_changed', ${JSON.stringify({ id, studyInstanceUid: '1', patientId: 'P' })})`.execute(
      database.db,
    );
  const everything = () => true;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  it('ends what watches once it hears again after a gap, so that nobody stays stale', async () => {
    const changes = await listenToChanges(database.url, log);
    const watcher = changes.watch(everything);
    await notify('a');
    expect((await watcher.next()).value).toMatchObject({ id: 'a' });
    const [pid] = await listeners();
    await sql`select pg_terminate_backend(${pid})`.execute(database.db);
    await notify('lost in the gap');
    expect(await watcher.next()).toEqual({ done: true, value: undefined });
    const again = changes.watch(everything);
    await notify('b');
    expect((await again.next()).value).toMatchObject({ id: 'b' });
    await changes.close();
    expect((await again.next()).done).toBe(true);
  });

  it('notices a line that is cut without a sign', async () => {
    const target = new URL(database.url);
    const sockets: Socket[] = [];
    const proxy = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      sockets.push(near, far);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const through = new URL(database.url);
    through.port = String((proxy.address() as AddressInfo).port);
    const changes = await listenToChanges(through.href, log, 200);
    const watcher = changes.watch(everything);
    // Both ends stay open, nothing passes any more.
    for (const socket of sockets.splice(0)) socket.unpipe().pause();
    expect((await watcher.next()).done).toBe(true);
    const again: AsyncIterableIterator<Change> = changes.watch(everything);
    await notify('c');
    expect((await again.next()).value).toMatchObject({ id: 'c' });
    await changes.close();
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await eventually(listeners, (pids) => pids.length <= 1);
  });
});
