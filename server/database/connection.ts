import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Database, Db } from './types.js';

/** Limits of one process's connections. */
export interface DatabaseOptions {
  /** Most connections at once. Default 10. */
  poolSize?: number;
  /** Longest a statement may run, milliseconds. Default 30,000. */
  statementTimeoutMs?: number;
  /** Told of connections lost while idle; the pool replaces them at the next use. */
  onLost?: (error: Error) => void;
}

/**
 * Opens a pool; nothing connects before the first query, so a database that is restarting is reached
 * again as soon as it answers. `destroy()` waits for running queries.
 *
 * @param url connection string, `postgres://…`
 */
export function createDatabase(url: string, options: DatabaseOptions = {}): Db {
  const types = new pg.TypeOverrides();
  // A birth date has no time zone, so it stays the text it is; sizes and counts fit a double.
  types.setTypeParser(pg.types.builtins.DATE, (value: string) => value);
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    connectionTimeoutMillis: 10_000,
    types,
  });
  // Without a listener a connection lost while idle would end the process.
  pool.on('error', (error) => options.onLost?.(error));
  // The same for one lost between two statements of a transaction: the next statement fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

/** Runs work that only one process at a time may do, on a connection of its own, however long the others take. */
export async function oneAtATime<T>(url: string, name: string, work: () => Promise<T>): Promise<T> {
  const db = createDatabase(url, { poolSize: 1, statementTimeoutMs: 0 });
  try {
    return await db.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(hashtextextended(${name}, 2))`.execute(connection);
      return work();
    });
  } finally {
    // The lock ends with the connection.
    await db.destroy();
  }
}

/** What the connection or the system under it can fail with; the other codes are PostgreSQL's own (SQLSTATE). */
const connectionCodes = /^(ECONN|EPIPE$|ETIMEDOUT$|ENOTFOUND$|EAI_AGAIN$|EHOSTUNREACH$|ENETUNREACH$)/;
/** Connection, rollback by a conflict of two, resources, a lock not to be had, stopped by the operator. */
const passingStates = /^(08|40|53|57|55P03)/;
const driverMessages = /^(Connection terminated|timeout exceeded|Client has encountered a connection error)/;

/** True when the same statement may succeed later: the database is out of reach, busy or starting. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code === null) return driverMessages.test(error.message);
  return connectionCodes.test(code) || passingStates.test(code);
}
