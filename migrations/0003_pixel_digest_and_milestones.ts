import { sql, type Kysely } from 'kysely';

/**
 * The digest of an instance's pixels, once it was needed to compare a second object of the same UID with it; and what
 * this installation has done once and for all, such as taking in the demo patients. Where patients are, they are done with.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `alter table instance add column pixel_digest text collate "C" check (pixel_digest ~ '^[0-9a-f]{64}$');
      create table milestone (
        name text primary key,
        reached_at timestamptz not null default clock_timestamp()
      );
      insert into milestone (name) select 'DEMO_SETTLED' where exists (select from patient);`,
    )
    .execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table instance drop column pixel_digest; drop table milestone').execute(db);
}
