import { sql, type Kysely } from 'kysely';

/** The workers that have been started, with what they compute on: what `Query.engine` reports. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table worker (
        id uuid primary key,
        engine jsonb not null,
        concurrency integer not null check (concurrency > 0),
        started_at timestamptz not null default clock_timestamp()
      );
      create index worker_started on worker (started_at desc);`,
    )
    .execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw('drop table worker').execute(db);
}
