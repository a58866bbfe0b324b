import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError } from '../errors.js';
import type { Logger } from '../log.js';

const internal = 'INTERNAL_SERVER_ERROR';

/**
 * What a caller is told of a failure: expected ones with their code, all others masked and logged once. The
 * request's id leads from the answer to the log.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: Logger,
): GraphQLFormattedError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const place = { ...(formatted.path ? { path: formatted.path } : {}), locations: formatted.locations ?? [] };
  if (original instanceof DomainError) {
    return { ...place, message: original.message, extensions: { code: original.code } };
  }
  const code = formatted.extensions?.code ?? internal;
  if (code !== internal || (original instanceof GraphQLError && original.extensions.code !== undefined)) {
    return { ...place, message: formatted.message, extensions: { code } };
  }
  log.error('an operation failed', { error: original });
  return { ...place, message: 'The server failed to answer. Try again.', extensions: { code: internal } };
}
