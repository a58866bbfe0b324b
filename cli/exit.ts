import { DomainError } from '../server/errors.js';

/** Exit codes of every command: 1 the work failed, 2 it was asked for wrongly. */
export function exitCodeOf(error: unknown): number {
  return error instanceof DomainError && (error.code === 'USAGE' || error.code === 'CONFIG_INVALID') ? 2 : 1;
}
