//! What is written stays as it was written.

use frontdesk_adapters::crypto::MasterKey;
use sqlx::PgConnection;

use crate::support::commits::{accepted, new_commit, rows};
use crate::support::database::TestDatabase;
use crate::support::process::Process;

const APPEND_ONLY: &str = "23001";
const NO_RIGHT: &str = "42501";

/// The error code with which PostgreSQL refuses a statement.
async fn refusal(connection: &mut PgConnection, statement: &str) -> String {
    let error = sqlx::raw_sql(statement).execute(connection).await.expect_err(statement);
    let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    code.expect("an error of PostgreSQL's")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_or_removes_an_event_and_the_application_cannot_even_try() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    accepted(process.appender(), &new_commit(2)).await;
    let before = rows(&database.pool).await;
    let (mut owner, mut application) = (database.as_owner().await, database.as_application().await);
    for statement in [
        "update events set payload = '{}'",
        "update events set payload = payload where false",
        "delete from events where position = 2",
        "truncate events",
        "truncate events cascade",
        "insert into events select * from events on conflict (position) do update set payload = '{}'",
    ] {
        assert_eq!(refusal(&mut owner, statement).await, APPEND_ONLY, "{statement}");
        assert_eq!(refusal(&mut application, statement).await, NO_RIGHT, "{statement}");
    }
    let after = rows(&database.pool).await;
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_writes_by_the_one_function_and_in_no_other_way() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    accepted(process.appender(), &new_commit(1)).await;
    let mut application = database.as_application().await;
    for statement in [
        "insert into events select position + 1, tenant_id, aggregate_type, aggregate_id, sequence + 1, gen_random_uuid(), event_type,
             event_version, payload, metadata, commit_id, last_in_commit, recorded_at from events",
        "alter table events disable trigger all",
        "drop trigger events_are_append_only on events",
        "drop table events",
        "set session_replication_role = replica",
        "create or replace function refuse_change() returns trigger language plpgsql as $$ begin return null; end $$",
        "insert into subject_keys (tenant_id, subject_id, key_id, wrapped_key) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '')",
        "update subject_keys set wrapped_key = ''",
        "delete from subject_keys",
        "insert into webhook_bodies values (gen_random_uuid(), gen_random_uuid(), '', now())",
        "update webhook_bodies set body = ''",
        "update log_epoch set epoch = gen_random_uuid()",
        "delete from checkpoints",
        "update deployment_secrets set wrapped = ''",
        "delete from deployment_secrets",
        "select claim_keys(null, null)",
        "select moved_commits(null, null, null)",
        "create table mine ()",
    ] {
        assert_eq!(refusal(&mut application, statement).await, NO_RIGHT, "{statement}");
    }
}
