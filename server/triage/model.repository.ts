import { sql } from 'kysely';
import type { Db, ModelRow, TriageRow } from '../database/types.js';

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
 * The models that new triages use, one of each task. While an upgrade rolls, that may be others than this process has:
 * what is asked for then waits for a worker of the newer one, and never replaces its verdict by an older one's.
 */
export async function activeModels(db: Db): Promise<Pick<ModelRow, 'id' | 'version' | 'task'>[]> {
  return db
    .selectFrom('model')
    .select(['id', 'version', 'task'])
    .where('active', '=', true)
    .orderBy('task', 'desc')
    .execute();
}

/** The classes of a registered model. */
export async function labelsOf(
  db: Db,
  { modelId, modelVersion }: Pick<TriageRow, 'modelId' | 'modelVersion'>,
): Promise<string[]> {
  const row = await db
    .selectFrom('model')
    .select('labels')
    .where('id', '=', modelId)
    .where('version', '=', modelVersion)
    .executeTakeFirst();
  return row?.labels ?? [];
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
