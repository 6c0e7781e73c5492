-- Secrets of the deployment itself, and master keys that can be changed.
--
-- What hashes, seals and signs was derived from the master key by each process. It is kept here from now on, wrapped by the master
-- key, so that it stays when that is changed. The first process of this release to start writes it. Processes of the release before
-- go on deriving the same.
create table deployment_secrets (
    purpose    text collate "C" primary key,
    -- It begins with the id of the master key that wraps it, as wrapped_key in subject_keys does.
    wrapped    bytea not null,
    created_at timestamptz not null default now()
);

-- Each process asks, when it starts, whose keys there are. Building this holds up appends that bring new people, for about a second
-- per million of them.
create index subject_keys_by_master_key on subject_keys (substring(wrapped_key from 1 for 8));

-- Dead jobs are counted and listed; those that wait and those that run have indexes of their own.
create index jobs_dead on jobs (due_at, effect_id) where state = 'dead';

-- append_events runs with the rights of its owner and is called by everybody else: what its caller's search_path says, or a
-- temporary table of the caller's, must not decide what it calls. The others, too, so that no one has to think about which need it.
alter function append_events set search_path = pg_catalog, public, pg_temp;
alter function moved_commits set search_path = pg_catalog, public, pg_temp;
alter function claim_keys set search_path = pg_catalog, public, pg_temp;
alter function refuse_change set search_path = pg_catalog, public, pg_temp;

do $$
begin
    -- It keeps what is new. To wrap anew is for the owner.
    grant select, insert on deployment_secrets to frontdesk_app;
exception
    when undefined_object then null;
end
$$;
