-- The log: one append-only table of events, and the one function that may write to it.
--
-- The application's role owns nothing here. It may read, and it may call append_events; that function is all that can put an event
-- into the log, and nothing can change or remove one. Where the migrating role may not create roles, the triggers below still
-- refuse every change.

do $$
begin
    create role frontdesk_app nologin;
exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
        raise warning 'this role may not create roles: the application will run as the owner of its tables';
end
$$;

do $$
begin
    execute format('grant frontdesk_app to %I', current_user);
exception
    when undefined_object then null;
    -- A role cannot be granted to itself, and two migrations of one cluster may grant at once.
    when invalid_grant_operation or internal_error then null;
end
$$;

-- Which log this is. A position means something in one log only; after a restore from a backup the operator starts a new epoch.
create table log_epoch (
    singleton  boolean primary key default true check (singleton),
    epoch      uuid not null default gen_random_uuid(),
    started_at timestamptz not null default now()
);
insert into log_epoch default values;

create table events (
    position       bigint primary key,
    tenant_id      uuid not null,
    aggregate_type text collate "C" not null,
    aggregate_id   text collate "C" not null,
    sequence       bigint not null,
    event_id       uuid not null unique,
    event_type     text collate "C" not null,
    event_version  text collate "C" not null,
    -- json, not jsonb: byte for byte what was written, cheaper to write, and it takes every string.
    payload        json not null,
    metadata       json not null,
    commit_id      uuid not null,
    last_in_commit boolean not null,
    recorded_at    timestamptz not null,
    unique (aggregate_type, aggregate_id, sequence)
);

-- Appends come in position order, and old rows never change: freeze them as they age, and keep statistics fresh by row count.
alter table events set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- The same rows with the columns that postgres_es loads; what it leaves out comes with the metadata.
create view stream_events as
select
    aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
    json_build_object('metadata', metadata, 'row', json_build_object(
        'position', position, 'tenant_id', tenant_id, 'event_id', event_id, 'commit_id', commit_id,
        'last_in_commit', last_in_commit, 'recorded_at', recorded_at
    )) as metadata
from events;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'restrict_violation';
end
$$;

-- No check constraints: append_events vouches for its rows, and a constraint would be parsed again for every batch.
create trigger events_are_append_only before update or delete or truncate on events
    for each statement execute function refuse_change();

-- The keys of data subjects, wrapped by the deployment's master key. A destroyed key leaves its row as a tombstone.
create table subject_keys (
    tenant_id    uuid not null,
    subject_id   uuid not null,
    key_id       uuid not null,
    wrapped_key  bytea,
    created_at   timestamptz not null default now(),
    destroyed_at timestamptz,
    primary key (tenant_id, subject_id),
    check ((wrapped_key is null) = (destroyed_at is not null))
);

-- The bodies of webhooks, secrets stripped, compressed and encrypted, until their retention ends. Their digests stay in the log.
create table webhook_bodies (
    delivery_id uuid primary key,
    tenant_id   uuid not null,
    body        bytea not null,
    expires_at  timestamptz not null
);
create index webhook_bodies_by_expiry on webhook_bodies (expires_at);

-- What append_events takes: a batch of commits, each with the streams it loaded, its events, the keys that its people's data is
-- encrypted with, and the webhook bodies that come with it. `commit` is the commit's place in the batch, from 1.
create type new_commit as (id uuid, tenant_id uuid);
create type loaded_stream as (commit integer, aggregate_type text, aggregate_id text, version bigint);
create type new_event as (
    commit integer, aggregate_type text, aggregate_id text, sequence bigint, event_id uuid, event_type text, event_version text,
    payload text, metadata text, last_in_commit boolean
);
create type subject_key as (commit integer, subject_id uuid, key_id uuid, wrapped_key bytea);
create type webhook_body as (commit integer, delivery_id uuid, body bytea, expires_at timestamptz);

-- Writes a batch of commits, or says which of them cannot be written and writes none.
--
-- A commit is refused when a stream that it loaded is no longer at the version at which it was loaded (`moved`), or when somebody's
-- data is encrypted with a key that is not that person's key (`keys`). The caller sends the others again without it. A refused
-- commit whose own events stand in the log already was written by an earlier try whose answer got lost (`applied`). The commits of
-- a batch touch disjoint streams; the caller sees to that.
--
-- Positions are dense and without gaps, in the order in which commits become visible. That rests on the lock: it is taken before
-- anything is read and held until the transaction has ended, so this must be the only statement of a READ COMMITTED transaction,
-- and the lock must be a statement of its own, or the snapshot of the first read would be older than the lock.
--
-- This function is the product's narrowest place. Generic plans, because planning costs more than executing; few statements,
-- because each has a price to start; no search_path of its own, because setting it does too, and every table is qualified instead.
create function append_events(
    commits new_commit[], streams loaded_stream[], events new_event[], keys subject_key[], bodies webhook_body[]
) returns json
language plpgsql volatile security definer set plan_cache_mode = force_generic_plan
as $$
declare
    head    bigint;
    at      timestamptz;
    refused json;
begin
    perform pg_advisory_xact_lock(4066220153);

    perform from unnest(streams) s
    where s.version <> coalesce((
        select e.sequence from public.events e
        where e.aggregate_type = s.aggregate_type and e.aggregate_id = s.aggregate_id
        order by e.sequence desc limit 1
    ), 0);
    if found then
        return public.moved_commits(commits, streams, events);
    end if;

    if keys is not null then
        refused := public.claim_keys(commits, keys);
        if refused is not null then
            return refused;
        end if;
    end if;

    select e.position, e.recorded_at into head, at from public.events e order by e.position desc limit 1;
    head := coalesce(head, 0);
    at := greatest(clock_timestamp(), at);

    insert into public.events (
        position, tenant_id, aggregate_type, aggregate_id, sequence, event_id, event_type, event_version,
        payload, metadata, commit_id, last_in_commit, recorded_at
    )
    select
        head + n.place, commits[n.commit].tenant_id, n.aggregate_type, n.aggregate_id, n.sequence, n.event_id, n.event_type,
        n.event_version, n.payload::json, n.metadata::json, commits[n.commit].id, n.last_in_commit, at
    from unnest(events) with ordinality as n (
        commit, aggregate_type, aggregate_id, sequence, event_id, event_type, event_version, payload, metadata, last_in_commit, place
    );

    if bodies is not null then
        insert into public.webhook_bodies (delivery_id, tenant_id, body, expires_at)
        select b.delivery_id, commits[b.commit].tenant_id, b.body, b.expires_at from unnest(bodies) b;
    end if;

    return json_build_object('first_position', head + 1, 'recorded_at', at);
end
$$;

-- The commits of a batch whose streams have moved, with what happened on those streams since: the next decision then needs no
-- further round trip. A process that had to load them again would lose every race against one that has just written them.
create function moved_commits(commits new_commit[], streams loaded_stream[], events new_event[]) returns json
language sql stable
as $$
    with moved as (
        select s.commit, s.aggregate_type, s.aggregate_id, s.version, news.events
        from unnest(streams) s
        cross join lateral (
            select json_agg(row_to_json(e) order by e.sequence) as events
            from (
                select * from public.events e
                where e.aggregate_type = s.aggregate_type and e.aggregate_id = s.aggregate_id and e.sequence > s.version
                order by e.sequence limit 64
            ) e
        ) news
        -- A version ahead of the log is just as wrong; nothing has happened after it.
        where s.version <> coalesce((
            select max(e.sequence) from public.events e
            where e.aggregate_type = s.aggregate_type and e.aggregate_id = s.aggregate_id
        ), 0)
    ), applied as (
        select n.commit, min(e.position) as first_position, min(e.recorded_at) as recorded_at
        from unnest(events) n
        join public.events e on e.event_id = n.event_id and e.commit_id = commits[n.commit].id
        where n.commit in (select m.commit from moved m)
        group by n.commit
    )
    select json_build_object(
        'moved', (select json_agg(row_to_json(m)) from moved m),
        'applied', (select json_agg(row_to_json(a)) from applied a)
    )
$$;

-- Stores the keys of people who had none, and says whose key is another one than the batch used, if anybody's.
create function claim_keys(commits new_commit[], keys subject_key[]) returns json
language plpgsql volatile
as $$
begin
    insert into public.subject_keys (tenant_id, subject_id, key_id, wrapped_key)
    select distinct on (commits[k.commit].tenant_id, k.subject_id) commits[k.commit].tenant_id, k.subject_id, k.key_id, k.wrapped_key
    from unnest(keys) k
    order by commits[k.commit].tenant_id, k.subject_id, k.commit
    on conflict do nothing;

    return (
        select json_build_object('keys', json_agg(json_build_object(
            'commit', k.commit, 'subject', s.subject_id, 'key', s.key_id, 'wrapped', encode(s.wrapped_key, 'hex')
        )))
        from unnest(keys) k
        join public.subject_keys s on s.tenant_id = commits[k.commit].tenant_id and s.subject_id = k.subject_id
        where s.key_id <> k.key_id or s.destroyed_at is not null
        having count(*) > 0
    );
end
$$;

revoke all on function moved_commits, claim_keys from public;
revoke all on function append_events from public;

do $$
begin
    grant select on log_epoch, events, stream_events, subject_keys, webhook_bodies to frontdesk_app;
    -- Bodies go when their retention ends; everything else stays.
    grant delete on webhook_bodies to frontdesk_app;
    grant execute on function append_events to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
