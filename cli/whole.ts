import { DomainError } from '../server/errors.js';

/** A positive whole number given on the command line. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new DomainError('USAGE', `${text} is not a positive whole number`);
  return value;
}
