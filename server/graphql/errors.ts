import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';

const internal = 'INTERNAL_SERVER_ERROR';
const masked = 'The server failed to answer. Try again.';

const causeOf = (error: unknown) => (error instanceof GraphQLError ? (error.originalError ?? error) : error);

/** The code that a caller is told; `INTERNAL_SERVER_ERROR` for what nobody expected. */
function codeOf(formatted: GraphQLFormattedError, error: unknown): unknown {
  const cause = causeOf(error);
  if (cause instanceof DomainError) return cause.code;
  if (cause instanceof GraphQLError && cause.extensions.code !== undefined) return cause.extensions.code;
  if (formatted.extensions?.code !== undefined) return formatted.extensions.code;
  // Of GraphQL itself: about a variable or the document when no field is named.
  return cause instanceof GraphQLError && error === cause && cause.path === undefined
    ? 'BAD_USER_INPUT'
    : internal;
}

/** What a caller is told of a failure: expected ones with their code, all others masked. */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const place = { ...(formatted.path ? { path: formatted.path } : {}), locations: formatted.locations ?? [] };
  const code = codeOf(formatted, error);
  const cause = causeOf(error);
  const isMasked =
    code === internal && !(cause instanceof GraphQLError && cause.extensions.code === internal);
  const message = cause instanceof DomainError ? cause.message : formatted.message;
  return {
    ...place,
    message: isMasked ? 'The server failed to answer. Try again.' : message,
    extensions: { code },
  };
}

/** In place of a failure that has been logged. */
export const failure = () => new GraphQLError(masked, { extensions: { code: internal } });

/** Logs what nobody expected, once; the log is that of the request, whose id the answer bears. */
export function logFailures(errors: readonly GraphQLError[], log: Logger): void {
  for (const error of errors) {
    const cause = causeOf(error);
    const isLogged = cause instanceof GraphQLError && cause.extensions.code === internal;
    if (!isLogged && codeOf(error.toJSON(), error) === internal) {
      log.error('an operation failed', { error: cause });
    }
  }
}
