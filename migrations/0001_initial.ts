import { sql, type Kysely } from 'kysely';

/** Patients, their studies, series and instances; models; triages with findings, reviews and history. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [STUDY_TABLES, TRIAGE_TABLES, INDICES, TRANSITIONS, NOTIFICATIONS]) {
    await sql.raw(statement).execute(db);
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `drop table triage_event, review, finding, triage, model, instance, series, study, patient;
       drop function triage_guard(), triage_record(), triage_notify(), review_notify(),
         triage_event_guard(), review_guard(), finding_guard();`,
    )
    .execute(db);
}

// `requested_at` keeps milliseconds, as cursors do: finer instants between two pages would be skipped.
// Hashes and UIDs compare by byte: collation "C" keeps their indices independent of the locale.
const STUDY_TABLES = `
create table patient (
  id uuid primary key default gen_random_uuid(),
  issuer text not null default '',
  patient_id text not null,
  name text,
  birth_date date,
  sex text check (sex in ('MALE', 'FEMALE', 'OTHER')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (issuer, patient_id)
);
create table study (
  id uuid primary key default gen_random_uuid(),
  study_instance_uid text collate "C" not null unique check (length(study_instance_uid) between 1 and 64),
  patient_id uuid not null references patient (id) on delete restrict,
  description text,
  accession_number text,
  study_date text,
  study_time text,
  studied_at timestamptz,
  received_at timestamptz not null default now(),
  last_received_at timestamptz not null default now()
);
create table series (
  id uuid primary key default gen_random_uuid(),
  study_id uuid not null references study (id) on delete cascade,
  series_instance_uid text collate "C" not null unique check (length(series_instance_uid) between 1 and 64),
  modality text not null,
  description text,
  number integer,
  body_part_examined text,
  received_at timestamptz not null default now()
);
create table instance (
  id uuid primary key default gen_random_uuid(),
  series_id uuid not null references series (id) on delete cascade,
  sop_instance_uid text collate "C" not null unique check (length(sop_instance_uid) between 1 and 64),
  sop_class_uid text not null,
  transfer_syntax_uid text not null,
  object_digest text collate "C" not null check (object_digest ~ '^[0-9a-f]{64}$'),
  object_size bigint not null check (object_size > 0),
  number integer,
  rows integer check (rows > 0),
  columns integer check (columns > 0),
  frames integer not null default 1 check (frames > 0),
  photometric_interpretation text,
  view_position text,
  patient_orientation text,
  image_type text,
  burned_in_annotation text,
  source text not null,
  received_at timestamptz not null default now()
);`;

const TRIAGE_TABLES = `
create table model (
  id text not null,
  version text not null,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  task text not null,
  labels jsonb not null check (jsonb_typeof(labels) = 'array'),
  active boolean not null default false,
  card text,
  registered_at timestamptz not null default now(),
  primary key (id, version)
);
create table triage (
  id uuid primary key default gen_random_uuid(),
  study_id uuid not null references study (id) on delete cascade,
  model_id text not null,
  model_version text not null,
  input_digest text collate "C" not null check (input_digest ~ '^[0-9a-f]{64}$'),
  status text not null default 'QUEUED'
    check (status in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'ABSTAINED', 'FAILED', 'CANCELLED')),
  priority text not null default 'ROUTINE' check (priority in ('STAT', 'URGENT', 'ROUTINE')),
  priority_reason text,
  urgency integer not null default 0,
  progress double precision check (progress between 0 and 1),
  requested_at timestamptz(3) not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  attempts integer not null default 0 check (attempts >= 0),
  worker_id text,
  problem_code text,
  problem_message text,
  problem_advice text,
  problem_detail text,
  problem_retryable boolean,
  superseded boolean not null default false,
  superseded_by uuid references triage (id) on delete set null,
  request_id text,
  source text not null default 'REQUEST' check (source in ('AUTO', 'REQUEST', 'DEMO', 'CDS', 'CLI')),
  covid_probability double precision check (covid_probability between 0 and 1),
  severity_level smallint check (severity_level between 1 and 3),
  result jsonb,
  reviewed boolean not null default false,
  updated_at timestamptz not null default clock_timestamp(),
  foreign key (model_id, model_version) references model (id, version),
  constraint triage_key unique (study_id, input_digest, model_id, model_version),
  constraint triage_started check (status <> 'RUNNING' or started_at is not null),
  constraint triage_finished check ((finished_at is not null) = (status not in ('QUEUED', 'RUNNING'))),
  constraint triage_result check ((result is not null) = (status = 'SUCCEEDED')),
  constraint triage_probability check ((covid_probability is not null) = (status = 'SUCCEEDED')),
  constraint triage_severity check (severity_level is null or status = 'SUCCEEDED'),
  constraint triage_problem check ((problem_code is not null) = (status in ('ABSTAINED', 'FAILED'))),
  constraint triage_problem_whole check ((problem_code is null) = (problem_message is null)
    and (problem_code is null) = (problem_retryable is null)),
  constraint triage_superseded check (superseded_by is null or (superseded and superseded_by <> id))
);
create table finding (
  triage_id uuid not null references triage (id) on delete cascade,
  code text not null,
  ordinal integer not null check (ordinal >= 0),
  probability double precision not null check (probability between 0 and 1),
  low double precision check (low between 0 and 1),
  high double precision check (high between 0 and 1),
  primary key (triage_id, code),
  unique (triage_id, ordinal),
  check (low is null or high is null or low <= high)
);
create table review (
  id bigint generated always as identity primary key,
  triage_id uuid not null references triage (id) on delete cascade,
  verdict text not null check (verdict in ('ACCEPTED', 'MODIFIED', 'REJECTED')),
  finding text,
  severity_level smallint check (severity_level between 1 and 3),
  comment text check (length(comment) <= 2000),
  reviewer text not null,
  request_id text,
  reviewed_at timestamptz not null default clock_timestamp(),
  check ((verdict = 'MODIFIED') = (finding is not null or severity_level is not null))
);
create table triage_event (
  id bigint generated always as identity primary key,
  triage_id uuid not null references triage (id) on delete cascade,
  from_status text,
  to_status text not null,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  request_id text,
  detail text
);`;

const INDICES = `
create index patient_worklist on patient (lower(coalesce(name, '')) collate "C", patient_id collate "C", id);
create index patient_id_prefix on patient (lower(patient_id) text_pattern_ops);
create index study_patient on study (patient_id, last_received_at desc);
create index series_study on series (study_id, number);
create index instance_series on instance (series_id, number);
create index instance_object on instance (object_digest);
create index triage_study on triage (study_id, requested_at desc, id desc);
create unique index triage_current on triage (study_id) where not superseded;
create index triage_model on triage (model_id, model_version);
create index triage_worklist on triage (urgency desc, requested_at desc, id desc) where not superseded;
create index triage_history on triage (urgency desc, requested_at desc, id desc);
create index triage_queue on triage (priority, requested_at, id) where status = 'QUEUED';
create index triage_running on triage (worker_id, started_at) where status = 'RUNNING';
create index triage_recent on triage (finished_at desc) where status in ('SUCCEEDED', 'ABSTAINED');
create index triage_replacement on triage (superseded_by) where superseded_by is not null;
create index review_triage on review (triage_id, id desc);
create index triage_event_triage on triage_event (triage_id, id);
create unique index model_active on model (task) where active;`;

// The table refuses what the service should never ask for: two workers that both believe they own
// a triage cannot both write a result, because the second finds it ended.
const TRANSITIONS = `
create function triage_guard() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  if (new.study_id, new.model_id, new.model_version, new.input_digest)
     is distinct from (old.study_id, old.model_id, old.model_version, old.input_digest) then
    raise exception 'the key of triage % cannot change', old.id using errcode = 'check_violation';
  end if;
  if new.status is distinct from old.status and (old.status, new.status) not in (
    ('QUEUED', 'RUNNING'), ('QUEUED', 'CANCELLED'), ('QUEUED', 'FAILED'),
    ('RUNNING', 'SUCCEEDED'), ('RUNNING', 'ABSTAINED'), ('RUNNING', 'FAILED'),
    ('RUNNING', 'CANCELLED'), ('RUNNING', 'QUEUED'),
    ('FAILED', 'QUEUED'), ('CANCELLED', 'QUEUED')
  ) then
    raise exception 'triage % cannot go from % to %', old.id, old.status, new.status
      using errcode = 'check_violation', constraint = 'triage_transition';
  end if;
  if old.status = new.status and old.status in ('SUCCEEDED', 'ABSTAINED')
     and (new.result, new.covid_probability, new.severity_level, new.problem_code, new.finished_at)
     is distinct from
     (old.result, old.covid_probability, old.severity_level, old.problem_code, old.finished_at) then
    raise exception 'triage % has ended; its result is final', old.id
      using errcode = 'check_violation', constraint = 'triage_final';
  end if;
  return new;
end $$;
create trigger triage_guard before update on triage for each row execute function triage_guard();

create function finding_guard() returns trigger language plpgsql as $$
begin
  raise exception 'findings are final' using errcode = 'check_violation', constraint = 'finding_final';
end $$;
create trigger finding_guard before update on finding for each row execute function finding_guard();

create function review_guard() returns trigger language plpgsql as $$
begin
  if not exists (
    select from triage where id = new.triage_id and status in ('SUCCEEDED', 'ABSTAINED')
  ) then
    raise exception 'only a triage that ended with a verdict can be reviewed'
      using errcode = 'check_violation', constraint = 'review_ended';
  end if;
  update triage set reviewed = true where id = new.triage_id;
  return new;
end $$;
create trigger review_guard before insert on review for each row execute function review_guard();

create function triage_event_guard() returns trigger language plpgsql as $$
begin
  raise exception 'the history is only added to' using errcode = 'check_violation';
end $$;
create trigger triage_event_guard before update on triage_event
  for each row execute function triage_event_guard();

create function triage_record() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.status is distinct from old.status then
    insert into triage_event (triage_id, from_status, to_status, actor, request_id, detail)
    values (new.id, case when tg_op = 'UPDATE' then old.status end, new.status,
      coalesce(nullif(current_setting('covid_triage.actor', true), ''), new.worker_id, 'local'),
      coalesce(nullif(current_setting('covid_triage.request_id', true), ''), new.request_id),
      new.problem_code);
  end if;
  return null;
end $$;
create trigger triage_record after insert or update on triage
  for each row execute function triage_record();`;

// Ids only: a notification is limited to 8,000 bytes, and every listener reads what it may see itself.
const NOTIFICATIONS = `
create function triage_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('triage_changed', json_build_object(
    'id', new.id, 'studyInstanceUid', s.study_instance_uid, 'patientId', p.patient_id)::text)
  from study s join patient p on p.id = s.patient_id where s.id = new.study_id;
  return null;
end $$;
create trigger triage_notify after insert or update on triage
  for each row execute function triage_notify();

create function review_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('triage_changed', json_build_object(
    'id', t.id, 'studyInstanceUid', s.study_instance_uid, 'patientId', p.patient_id)::text)
  from triage t join study s on s.id = t.study_id join patient p on p.id = s.patient_id
  where t.id = new.triage_id;
  return null;
end $$;
create trigger review_notify after insert on review for each row execute function review_notify();`;
