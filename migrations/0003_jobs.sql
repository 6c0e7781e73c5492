-- Effects that are to come: what policies have asked for, until it is done. Unlike read models this cannot be built again from the log,
-- because policies begin where they were started: it is backed up with it.
create table jobs (
    -- A policy has one job under a key; another one under the same key takes its place.
    policy       text collate "C" not null,
    key          text collate "C" not null,
    -- The stream in the log that gets its outcome.
    effect_id    uuid not null,
    name         text not null,
    -- None of what the deployment does for itself.
    tenant_id    uuid,
    -- Ids, and never personal data.
    payload      json not null,
    -- What it follows from: an event, and its place among the jobs that follow from it. Of cron jobs: the microsecond in which it is due.
    position     bigint not null,
    number       integer not null,
    event_id     uuid,
    correlation  text,
    priority     smallint not null,
    state        text not null default 'waiting' check (state in ('waiting', 'running', 'dead')),
    -- By the clock of the application, as all that is decided.
    due_at       timestamptz not null,
    attempts     integer not null default 0,
    attempts_max integer not null,
    -- The process that runs it, and until when it is believed to live, by the clock of the database: whether a process lives has nothing
    -- to do with what time it believes it to be.
    worker       uuid,
    leased_until timestamptz,
    error        text,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    primary key (policy, key),
    check ((state = 'running') = (worker is not null and leased_until is not null))
);
create index jobs_by_effect on jobs (effect_id);
-- What waits is looked for priority by priority, so that neither what is due later nor a heap of what is less urgent is in the way.
create index jobs_waiting on jobs (priority, due_at) where state = 'waiting';
create index jobs_running on jobs (leased_until) where state = 'running';

-- Which occurrence of what is done again and again was enqueued last.
create table cron_jobs (
    name     text primary key,
    due_at   timestamptz not null
);

do $$
begin
    grant select, insert, update, delete on jobs, cron_jobs to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
