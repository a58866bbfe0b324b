import {
  GraphQLError,
  Kind,
  TypeInfo,
  getOperationAST,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { mayRead, type Caller } from '../security/permissions.js';

/** Deepest nesting of fields. The element's own operations need seven. */
export const maximumDepth = 12;
/** Fields that an operation may select at most, lists counted by their page size. */
export const maximumCost = 20_000;
/** Tokens a document may have; parsing stops there. */
export const maximumTokens = 5_000;
/** What a list without a page size is counted as. */
const assumedLength = 5;

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, http: { status: code === 'FORBIDDEN' ? 403 : 400 } },
  });
}

function depthOf(selections: SelectionSetNode, document: DocumentNode): number {
  const depths = selections.selections.map((selection) => {
    if (selection.kind === Kind.FIELD) {
      // Introspection nests deeper than any data and costs nothing.
      if (selection.name.value.startsWith('__')) return 0;
      return 1 + (selection.selectionSet ? depthOf(selection.selectionSet, document) : 0);
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet, document);
    const fragment = document.definitions.find(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? depthOf(fragment.selectionSet, document) : 0;
  });
  return Math.max(0, ...depths);
}

const listAware: ComplexityEstimator = ({ args, childComplexity, field }) => {
  const pageSize: unknown = args.first;
  const isList = /^\[/.test(String(field.type));
  const factor = typeof pageSize === 'number' ? Math.max(1, pageSize) : isList ? assumedLength : 1;
  return 1 + factor * childComplexity;
};

/**
 * Refuses a valid operation before anything is read: what the caller may not see, what is nested too deeply, what
 * would cost too much. Mutations the caller may not do are answered by their own `NotAuthorised`.
 *
 * @throws GraphQLError FORBIDDEN, OPERATION_TOO_DEEP, OPERATION_TOO_COSTLY
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
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: (node) => {
        const parent = types.getParentType();
        if (!parent || parent.name === 'Mutation' || mayRead(caller, parent.name, node.name.value)) return;
        throw refusal('FORBIDDEN', `You may not read ${parent.name}.${node.name.value}.`);
      },
    }),
  );
  const cost = getComplexity({
    schema,
    query: document,
    variables: input.variables ?? {},
    estimators: [listAware],
    ...(input.operationName ? { operationName: input.operationName } : {}),
  });
  if (cost > maximumCost) {
    throw refusal(
      'OPERATION_TOO_COSTLY',
      `The operation may read ${cost} fields; ${maximumCost} are allowed. Ask for smaller pages.`,
    );
  }
}
