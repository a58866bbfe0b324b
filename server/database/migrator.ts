import { Migrator, NO_MIGRATIONS, type MigrationResultSet } from 'kysely';
import { migrations } from '../../migrations/index.js';
import type { Db } from './types.js';

/** A migration and when it was applied; null when it is still to come. */
export interface MigrationState {
  name: string;
  appliedAt: Date | null;
}

function migratorFor(db: Db): Migrator {
  // The names of Kysely's own tables and columns must stay as Kysely writes them.
  return new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: async () => migrations } });
}

function applied(outcome: MigrationResultSet): string[] {
  if (outcome.error !== undefined) throw outcome.error;
  return (outcome.results ?? []).map((result) => result.migrationName);
}

/**
 * Applies what is missing in one transaction, under Kysely's advisory lock, so that processes which start
 * together do it once.
 *
 * @returns names of the migrations that were applied now
 */
export async function migrateToLatest(db: Db): Promise<string[]> {
  return applied(await migratorFor(db).migrateToLatest());
}

/**
 * Takes back the newest migration, or all of them.
 *
 * @returns names of the migrations that were taken back
 */
export async function migrateDown(db: Db, all = false): Promise<string[]> {
  const migrator = migratorFor(db);
  return applied(all ? await migrator.migrateTo(NO_MIGRATIONS) : await migrator.migrateDown());
}

/** Every known migration in order, with when it was applied. */
export async function migrationStatus(db: Db): Promise<MigrationState[]> {
  const known = await migratorFor(db).getMigrations();
  return known.map(({ name, executedAt }) => ({ name, appliedAt: executedAt ?? null }));
}
