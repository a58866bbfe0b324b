import { sql, type Kysely } from 'kysely';

/** What a CT triage found: the slices that were judged, the lungs' involvement, and the pictures of both. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [TABLES, GUARDS]) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `drop table triage_slice;
       drop table triage_involvement;
       drop function ct_guard();`,
    )
    .execute(db);
}

// Pictures are small PNGs and maps of a few hundred cells; the checks keep it so.
const TABLES = `
create table triage_slice (
  triage_id uuid not null references triage (id) on delete cascade,
  index integer not null check (index >= 0),
  position_mm double precision not null,
  sop_instance_uid text collate "C" not null check (length(sop_instance_uid) between 1 and 64),
  frame_number integer not null check (frame_number > 0),
  covid_probability double precision not null check (covid_probability between 0 and 1),
  involvement_percent double precision check (involvement_percent between 0 and 100),
  evidence boolean not null,
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  heatmap jsonb check (pg_column_size(heatmap) <= 262144),
  overlay bytea check (octet_length(overlay) <= 262144),
  primary key (triage_id, index),
  check (evidence or (heatmap is null and overlay is null))
);
create table triage_involvement (
  triage_id uuid primary key references triage (id) on delete cascade,
  percent double precision not null check (percent between 0 and 100),
  left_percent double precision not null check (left_percent between 0 and 100),
  right_percent double precision not null check (right_percent between 0 and 100),
  zones double precision[] not null check (cardinality(zones) = 6),
  score smallint not null check (score between 0 and 25),
  lung_map bytea not null check (octet_length(lung_map) <= 1048576)
);`;

const GUARDS = `
create function ct_guard() returns trigger language plpgsql as $$
begin
  raise exception '% is final', tg_table_name using errcode = 'check_violation';
end $$;
create trigger triage_slice_guard before update on triage_slice for each row execute function ct_guard();
create trigger triage_involvement_guard before update on triage_involvement
  for each row execute function ct_guard();`;
