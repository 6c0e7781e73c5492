-- How far each reader of the log has come. The runner locks the row of what it runs, so each runs once in the whole deployment.
create table checkpoints (
    -- A read model, a policy or a translator.
    name       text not null,
    -- A new version of a read model fills its own tables while the old one goes on serving.
    version    integer not null,
    position   bigint not null default 0,
    updated_at timestamptz not null default now(),
    primary key (name, version)
);

-- That of the translator of webhooks. Read models bring theirs with their tables.
insert into checkpoints (name, version) values ('intake', 1);

-- Webhooks that cannot be translated as things are, and those of the same conversation that wait behind them. The log has the same in
-- events; this is the translator's note of what to hold back, written with its checkpoint.
create table held_deliveries (
    delivery_id  uuid primary key,
    ordering_key text collate "C" not null,
    position     bigint not null,
    -- What is needed to translate it.
    delivery     json not null
);
create index held_deliveries_by_key on held_deliveries (ordering_key, position);

do $$
begin
    grant select, insert, update on checkpoints to frontdesk_app;
    grant select, insert, update, delete on held_deliveries to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
