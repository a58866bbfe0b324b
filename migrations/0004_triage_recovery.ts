import { sql, type Kysely } from 'kysely';

/** What recovery from lost workers needs, and a history that cannot be taken away. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [ATTEMPTS, WORKERS, HISTORY, INDICES]) await sql.raw(statement).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `drop index patient_by_id;
       drop trigger triage_queued on triage;
       drop trigger triage_event_kept on triage_event;
       drop trigger triage_event_whole on triage_event;
       drop trigger review_kept on review;
       drop trigger review_whole on review;
       drop function triage_queued(), history_guard();
       alter table worker drop column seen_at, drop column models, drop column runners;
       alter table triage drop column queued_at, drop column attempt_limit;`,
    )
    .execute(db);
}

// `attempts` only grows, so that what an earlier attempt writes late can be told from the present one's;
// being asked for again moves the limit instead.
const ATTEMPTS = `
alter table triage
  add column attempt_limit integer not null default 4 check (attempt_limit > 0),
  add column queued_at timestamptz not null default clock_timestamp();
update triage set queued_at = requested_at, attempt_limit = attempts + 4;
create function triage_queued() returns trigger language plpgsql as $$
begin
  new.queued_at := clock_timestamp();
  return new;
end $$;
create trigger triage_queued before update on triage for each row
  when (new.status = 'QUEUED' and old.status <> 'QUEUED') execute function triage_queued();`;

const WORKERS = `
alter table worker
  add column models text[] not null default '{}',
  add column runners text[] not null default '{}',
  add column seen_at timestamptz not null default clock_timestamp();`;

// A whole study may be erased with all that hangs on it, which reaches these tables from another trigger.
const HISTORY = `
create function history_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and pg_trigger_depth() > 1 then return old; end if;
  raise exception '% is only added to', tg_table_name using errcode = 'check_violation';
end $$;
create trigger triage_event_kept before delete on triage_event for each row execute function history_guard();
create trigger triage_event_whole before truncate on triage_event for each statement execute function history_guard();
create trigger review_kept before update or delete on review for each row execute function history_guard();
create trigger review_whole before truncate on review for each statement execute function history_guard();`;

// The unique key begins with the issuer, which a search by the ID alone does not name.
const INDICES = `create index patient_by_id on patient (patient_id, issuer);`;
