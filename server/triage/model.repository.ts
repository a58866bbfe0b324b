import { sql } from 'kysely';
import type { Db, ModelRow } from '../database/types.js';
import type { LoadedModel } from '../inference/manifest.js';

/** Writes the served model and makes it the only active one of its task; triages refer to it. */
export async function registerModel(db: Db, { manifest, digest, card }: LoadedModel): Promise<void> {
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

/** Every model that has judged here, the active one of each task first. */
export function allModels(db: Db): Promise<ModelRow[]> {
  return db
    .selectFrom('model')
    .selectAll()
    .orderBy('active', 'desc')
    .orderBy('registeredAt', 'desc')
    .execute();
}
