// Objects that were kept although nothing came to refer to them.
import { sql } from 'kysely';
import type { Db } from '../database/types.js';
import type { Logger } from '../log.js';
import type { ObjectStore } from '../objects/file-store.js';
import { isReferenced } from '../study/study.repository.js';

/** One process at a time keeps or removes the object of a digest, until its transaction ends. */
export async function lockObject(trx: Db, digest: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${digest}, 1))`.execute(trx);
}

/** Removes the object if no instance has it. A sender that is keeping the same object meanwhile has it, or comes after. */
export async function removeIfOrphan(db: Db, objects: ObjectStore, digest: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockObject(trx, digest);
    if (!(await isReferenced(trx, digest))) await objects.remove(digest);
    await objects.settle(digest);
  });
}

/** Looks after the objects whose way was interrupted, by a killed process or a lost database. Does not reject. */
export async function removeOrphans(db: Db, objects: ObjectStore, log: Logger): Promise<void> {
  try {
    for (const digest of await objects.unsettled()) await removeIfOrphan(db, objects, digest);
  } catch (error) {
    log.warn('objects whose way was interrupted are left to the next start', { error });
  }
}
