import { sql } from 'kysely';
import type { Db, ModelRow } from '../database/types.js';
import type { LoadedModel } from '../inference/manifest.js';
import type { AnyModel } from '../inference/models.js';

/** Writes a served model and makes it the only active one of its task; triages refer to it. */
export async function registerModel(db: Db, { manifest, digest, card }: AnyModel): Promise<void> {
  const { id, version, task } = manifest;
  const values = { digest, task, labels: JSON.stringify(manifest.labels), card };
  await db.transaction().execute(async (trx) => {
    // Processes that start together write one after the other.
    await sql`select pg_advisory_xact_lock(hashtextextended('model', 2))`.execute(trx);
    await trx.updateTable('model').set({ active: false }).where('task', '=', task).execute();
    await trx
      .insertInto('model')
      .values({ id, version, active: true, ...values })
      .onConflict((conflict) => conflict.columns(['id', 'version']).doUpdateSet({ active: true, ...values }))
      .execute();
  });
}

/**
 * The model that new triages of a task use. While an upgrade rolls, that may be another than this process has: what
 * it is asked for then waits for a worker of the newer one, and never replaces its verdict by an older one's.
 */
export async function activeModel(
  db: Db,
  { manifest }: LoadedModel,
): Promise<Pick<ModelRow, 'id' | 'version'>> {
  const row = await db
    .selectFrom('model')
    .select(['id', 'version'])
    .where('task', '=', manifest.task)
    .where('active', '=', true)
    .executeTakeFirst();
  return row ?? manifest;
}

/** Every model that has judged here, the active one of each task first. */
export function allModels(db: Db): Promise<ModelRow[]> {
  return db
    .selectFrom('model')
    .selectAll()
    .orderBy('active', 'desc')
    .orderBy('registeredAt', 'desc')
    .execute();
}
