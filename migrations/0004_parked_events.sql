-- Events that a reader of the log could not take, and those of the same streams that wait behind them. Everything else goes on.
create table parked_events (
    reader         text not null,
    version        integer not null,
    position       bigint not null,
    tenant_id      uuid not null,
    aggregate_type text collate "C" not null,
    aggregate_id   text collate "C" not null,
    -- Why it was not taken.
    error          text not null,
    -- How often it was tried again since.
    retries        integer not null default 0,
    -- Somebody wants it to be tried again.
    wanted         boolean not null default false,
    parked_at      timestamptz not null default now(),
    primary key (reader, version, position)
);
create index parked_events_by_stream on parked_events (reader, version, aggregate_type, aggregate_id);
-- Each turn of a reader asks whether there are any.
create index parked_events_wanted on parked_events (reader, version) where wanted;

do $$
begin
    grant select, insert, update, delete on parked_events to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
