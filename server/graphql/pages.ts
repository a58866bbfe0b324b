import { GraphQLError } from 'graphql';

/** Opaque cursors: the sort key of a row. */
export function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws GraphQLError BAD_USER_INPUT for a cursor that is not ours */
export function decodeCursor<T extends unknown[]>(
  cursor: string | null | undefined,
  length: number,
): T | null {
  if (cursor === null || cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.length === length) return key as T;
  } catch {
    // Not our cursor: refused below.
  }
  throw new GraphQLError('The cursor is not one of this list.', { extensions: { code: 'BAD_USER_INPUT' } });
}

export function pageSize(first: number | null | undefined): number {
  const size = first ?? 20;
  if (size >= 1 && size <= 100) return size;
  throw new GraphQLError('first must be 1 to 100.', { extensions: { code: 'BAD_USER_INPUT' } });
}

/** A connection from one row more than the page holds. */
export function connection<T>(rows: T[], size: number, keyOf: (row: T) => unknown) {
  const nodes = rows.slice(0, size);
  const edges = nodes.map((node) => ({ node, cursor: encodeCursor(keyOf(node)) }));
  return {
    edges,
    nodes,
    pageInfo: { hasNextPage: rows.length > size, endCursor: edges.at(-1)?.cursor ?? null },
  };
}
