import type { Migration } from 'kysely';
import * as initial from './0001_initial.js';

/** All migrations by name, in order. Listed here so that built files need no folder to be read. */
export const migrations: Record<string, Migration> = {
  '0001_initial': initial,
};
