/** The text of a GraphQL operation together with the types of its answer and its variables. */
export interface Operation<Result, Variables> {
  text: string;
  /** Never set: it only carries the types. */
  readonly types?: (variables: Variables) => Result;
}

/** Marks the text of a GraphQL operation with its generated types. */
export function operation<Result, Variables>(text: string): Operation<Result, Variables> {
  return { text };
}
