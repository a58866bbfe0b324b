import {
  GraphQLError,
  Kind,
  TypeInfo,
  getOperationAST,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { mayRead, type Caller } from '../security/permissions.js';
import { longestOf } from './lists.js';

/** Deepest nesting of fields. The element's own operations need seven. */
export const maximumDepth = 12;
/** Fields that an operation may make the server answer at most, every list as long as it can be. */
export const maximumCost = 100_000;
/** Tokens a document may have; parsing stops there. */
export const maximumTokens = 5_000;
/** Selections that are looked at, those of a fragment once for each spread. */
const maximumSelections = 10_000;

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, http: { status: code === 'FORBIDDEN' ? 403 : 400 } },
  });
}

/** Depth of each fragment is found once, however often it is spread: fragments of fragments double with each level. */
function depthOf(root: SelectionSetNode, document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, number>();
  const depthOfFragment = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const fragment = fragments.get(name);
    const depth = fragment ? below(fragment.selectionSet) : 0;
    known.set(name, depth);
    return depth;
  };
  const below = ({ selections }: SelectionSetNode): number => {
    let deepest = 0;
    for (const selection of selections) {
      let depth = 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) depth = depthOfFragment(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) depth = below(selection.selectionSet);
      // Introspection nests deeper than any data and costs nothing.
      else if (!selection.name.value.startsWith('__')) {
        depth = 1 + (selection.selectionSet ? below(selection.selectionSet) : 0);
      }
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  };
  return below(root);
}

const byLength: ComplexityEstimator = ({ type, field, args, childComplexity }) =>
  childComplexity === 0 ? 1 : 1 + longestOf(type.name, field, args) * childComplexity;

function costOf(input: Parameters<typeof inspectOperation>[0]): number {
  const { schema, document, variables, operationName } = input;
  try {
    return getComplexity({
      schema,
      query: document,
      variables: variables ?? {},
      estimators: [byLength],
      maxQueryNodes: maximumSelections,
      ...(operationName ? { operationName } : {}),
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // What else it finds is a variable that is missing or of another type.
    if (!error.message.includes('maximum allowed number of nodes')) {
      throw refusal('BAD_USER_INPUT', error.message);
    }
    throw refusal('OPERATION_TOO_COSTLY', `The operation makes more than ${maximumSelections} selections.`);
  }
}

/** PostgreSQL stores no NUL, and no text of a person holds one. */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);
}

const nulRefused = () => refusal('BAD_USER_INPUT', 'A text holds the character NUL.');

/**
 * Refuses a valid operation before anything is read: what the caller may not see, what is nested too deeply, what
 * would cost too much. Mutations the caller may not do are answered by their own `NotAuthorised`.
 *
 * @throws GraphQLError BAD_USER_INPUT, FORBIDDEN, OPERATION_TOO_DEEP, OPERATION_TOO_COSTLY
 */
export function inspectOperation(input: {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  caller: Caller;
}): void {
  const { schema, document, caller } = input;
  const operation = getOperationAST(document, input.operationName);
  if (!operation) return;
  const depth = depthOf(operation.selectionSet, document);
  if (depth > maximumDepth) {
    throw refusal('OPERATION_TOO_DEEP', `The operation nests ${depth} fields; ${maximumDepth} are allowed.`);
  }
  if (holdsNul(input.variables)) throw nulRefused();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      StringValue: ({ value }) => {
        if (holdsNul(value)) throw nulRefused();
      },
      Field: (node) => {
        const parent = types.getParentType();
        if (!parent || parent.name === 'Mutation' || mayRead(caller, parent.name, node.name.value)) return;
        throw refusal('FORBIDDEN', `You may not read ${parent.name}.${node.name.value}.`);
      },
    }),
  );
  const cost = costOf(input);
  if (cost > maximumCost) {
    throw refusal(
      'OPERATION_TOO_COSTLY',
      `The operation may read ${cost} fields; ${maximumCost} are allowed. Ask for smaller pages.`,
    );
  }
}
