//! What a caller's `search_path` says decides nothing in a function that has more rights than the caller.

use frontdesk_adapters::event_log::append::{Verdict, append};

use crate::support::commits::{new_commit, rows};
use crate::support::database::TestDatabase;

/// Others by the names of what `append_events` uses. Whoever calls one of these is told.
const SHADOWS: &str = "
    create schema shadow;
    grant usage on schema shadow to frontdesk_app;
    create table shadow.events as select * from public.events;
    create table shadow.subject_keys as select * from public.subject_keys;
    grant select on all tables in schema shadow to frontdesk_app;
    create function shadow.trap() returns void language plpgsql as $$
        begin raise exception 'a shadow was called, as %', current_user; end $$;
    create function shadow.pg_advisory_xact_lock(bigint) returns void language sql as 'select shadow.trap()';
    create function shadow.clock_timestamp() returns timestamptz language sql as
        'select shadow.trap(); select timestamptz ''infinity''';
    create function shadow.unnest(anyarray) returns setof anyelement language sql as
        'select shadow.trap(); select $1[1]';";

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_shadows_tables_and_functions_appends_to_the_log_all_the_same() {
    let database = TestDatabase::create().await;
    let mut owner = database.as_owner().await;
    sqlx::raw_sql(SHADOWS).execute(&mut owner).await.expect("shadows");
    let mut caller = database.as_application().await;
    let temporary =
        "create temp table events (position bigint); create temp table subject_keys (key_id uuid);
                     set search_path = shadow, pg_temp, pg_catalog, public";
    sqlx::raw_sql(temporary).execute(&mut caller).await.expect("shadows of its own");

    // More often than PostgreSQL plans anew.
    for written in 1..=8 {
        let commit = new_commit(2);
        let verdicts = append(&mut caller, &[&commit]).await.expect("appended");
        assert!(matches!(verdicts[..], [Some(Verdict::Accepted(_))]), "{verdicts:?}");
        assert_eq!(rows(&database.pool).await.len(), 2 * written);
        // Its stream has moved: what finds that out is called, too.
        let verdicts = append(&mut caller, &[&commit]).await.expect("refused");
        assert!(matches!(verdicts[..], [Some(Verdict::AlreadyApplied(_))]), "{verdicts:?}");
    }
    let shadows = "select (select count(*) from shadow.events) + (select count(*) from pg_temp.events)";
    let shadowed: i64 = sqlx::query_scalar(shadows).fetch_one(&mut caller).await.expect("a number");
    assert_eq!(shadowed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_pins_its_search_path() {
    let database = TestDatabase::create().await;
    let open: Vec<String> = sqlx::query_scalar(
        "select p.oid::regprocedure::text from pg_proc p
         where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
           and not exists (select from unnest(p.proconfig) setting where setting like 'search_path=pg_catalog, %pg_temp')",
    )
    .fetch_all(&database.pool)
    .await
    .expect("functions");
    assert!(open.is_empty(), "a `create or replace` without `set search_path` takes it away: {open:?}");
}
