-- A reader can be told to stand still.
alter table checkpoints add column paused boolean not null default false;
-- When it was at the beginning of the log: by that the time is estimated that it has yet to take.
alter table checkpoints add column begun_at timestamptz not null default now();

-- The build that has tried it last: what one release could not take, the next one may, also while both run.
alter table parked_events add column tried_by text not null default '';

-- What operators have done to read models: filled one anew, had it served, taken that back. Nothing here is changed afterwards.
create table read_model_changes (
    id         bigint generated always as identity primary key,
    name       text not null,
    version    integer not null,
    change     text not null,
    -- How far the edition that serves had come, and the one that it is about.
    serving    bigint not null,
    edition    bigint,
    actor_kind text not null,
    actor_id   text not null,
    -- A hash of who has asked under which Idempotency-Key.
    request    text unique,
    changed_at timestamptz not null default now()
);
create index read_model_changes_by_name on read_model_changes (name, id);

do $$
begin
    -- The changes themselves are made by the owner of the tables.
    grant select on read_model_changes to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
