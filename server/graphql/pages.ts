import { GraphQLError } from 'graphql';

/** Opaque cursors. They may end up in an address or a log, so a cursor holds no patient data: ids and sort keys of our own. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The answer to a cursor that this list did not give out: BAD_USER_INPUT. */
export function notOurs(): GraphQLError {
  return new GraphQLError('The cursor is not one of this list.', { extensions: { code: 'BAD_USER_INPUT' } });
}

/** @throws GraphQLError BAD_USER_INPUT for a cursor that is not ours */
function read(cursor: string): unknown[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key)) return key;
  } catch {
    // Not our cursor: refused below.
  }
  throw notOurs();
}

/** The row that a page of patients ended with; null for the first page. */
export function patientCursor(cursor: string | null | undefined): string | null {
  if (cursor === null || cursor === undefined) return null;
  const [id, ...more] = read(cursor);
  if (typeof id !== 'string' || !uuid.test(id) || more.length > 0) throw notOurs();
  return id;
}

/** The place at which a page of the worklist ended; null for the first page. */
export function worklistCursor(cursor: string | null | undefined) {
  if (cursor === null || cursor === undefined) return null;
  const [urgency, requestedAt, id, ...more] = read(cursor);
  const isWhole = typeof urgency === 'number' && Number.isInteger(urgency) && Math.abs(urgency) < 2 ** 31;
  const isInstant =
    typeof requestedAt === 'string' && instant.test(requestedAt) && !Number.isNaN(Date.parse(requestedAt));
  if (!isWhole || !isInstant || typeof id !== 'string' || !uuid.test(id) || more.length > 0) throw notOurs();
  return { urgency, requestedAt, id };
}

/** A connection from one row more than the page holds. */
export function connection<T>(rows: T[], size: number, keyOf: (row: T) => readonly (string | number)[]) {
  const nodes = rows.slice(0, size);
  const edges = nodes.map((node) => ({ node, cursor: encodeCursor(keyOf(node)) }));
  return {
    edges,
    nodes,
    pageInfo: { hasNextPage: rows.length > size, endCursor: edges.at(-1)?.cursor ?? null },
  };
}
