-- `priority` is the number of a job's queue. Releases from before there were queues take from 1 to 3 only.
-- An operator can pause a queue: nothing is taken from it, by any process.
create table paused_queues (
    queue     smallint primary key,
    paused_by text not null,
    paused_at timestamptz not null default now()
);

do $$
begin
    grant select, insert, update, delete on paused_queues to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
