// A real database; an error that nobody hears would end the process, and fails the test run.
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.js';

it('survives that a connection is lost between two statements of a transaction', async () => {
  const { db, close } = await createTestDatabase({ migrate: false });
  const lost = db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    await sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(db);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await sql`select 1`.execute(trx);
  });
  await expect(lost).rejects.toThrow();
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  await close();
});
