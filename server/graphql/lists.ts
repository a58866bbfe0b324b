import { GraphQLError, type GraphQLField } from 'graphql';

/** Longest page of any list that takes `first`, but for the instances of a series. */
const longestPage = 100;
/** A CT series has some hundred. */
const longestPageOfInstances = 1_000;

/**
 * The most entries that a list of objects without `first` can have; the entries of a page are counted at its
 * connection. A list that is not here is not served: `longestOf` says so when it is first asked for.
 */
const longest: Readonly<Record<string, number>> = {
  'Query.models': 100,
  'PatientConnection.edges': 1,
  'PatientConnection.nodes': 1,
  'TriageConnection.edges': 1,
  'TriageConnection.nodes': 1,
  'TriageResult.findings': 20,
  'TriageResult.slices': 64,
};

/** How many entries a field may have at most: 1 for what is no list. */
export function longestOf(
  typeName: string,
  field: GraphQLField<unknown, unknown>,
  args: Record<string, unknown>,
): number {
  const byName = longest[`${typeName}.${field.name}`];
  if (byName !== undefined) return byName;
  const first = field.args.find(({ name }) => name === 'first');
  if (first) return Math.max(1, sizeOf(args.first ?? first.defaultValue));
  if (!String(field.type).startsWith('[') || typeName.startsWith('__')) return 1;
  throw new Error(`nobody said how long ${typeName}.${field.name} can be`);
}

const sizeOf = (value: unknown) => (typeof value === 'number' ? value : longestPage);

function checked(first: number | null | undefined, usual: number, most: number): number {
  const size = first ?? usual;
  if (size >= 1 && size <= most) return size;
  throw new GraphQLError(`first must be 1 to ${most}.`, { extensions: { code: 'BAD_USER_INPUT' } });
}

/**
 * The size of a page.
 *
 * @throws GraphQLError BAD_USER_INPUT outside 1 to 100
 */
export function pageSize(first: number | null | undefined, usual = 20): number {
  return checked(first, usual, longestPage);
}

/** @throws GraphQLError BAD_USER_INPUT outside 1 to 1,000 */
export function instancePageSize(first: number | null | undefined): number {
  return checked(first, 50, longestPageOfInstances);
}
