import { DomainError, type ErrorCode } from '../server/errors.js';

/** What only another setting can mend: trying again would fail the same way. */
const ofSettings: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'CONFIG_INVALID',
  'ENGINE_NOT_AVAILABLE',
  'MODEL_NOT_FOUND',
]);

/** Exit codes of every command: 1 the work failed, 2 it was asked for wrongly, by its arguments or its settings. */
export function exitCodeOf(error: unknown): number {
  return error instanceof DomainError && ofSettings.has(error.code) ? 2 : 1;
}
