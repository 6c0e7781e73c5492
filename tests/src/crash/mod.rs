//! What was acknowledged is there, whatever is killed.
//!
//! `FRONTDESK_TEST_KILLS` says how often; a few times unless it is set.

mod own_database;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use frontdesk_adapters::postgres::embedded::Embedded;
use tempfile::TempDir;

use crate::support::binary::{Callers, Server};
use crate::support::database::TestDatabase;
use crate::support::until;

/// How often something is tried.
fn times(few: usize) -> usize {
    std::env::var("FRONTDESK_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(few)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_has_lost_nothing_that_it_acknowledged() {
    let database = TestDatabase::create().await;
    let mut server = Server::start(database.owner.options()).await;
    let folder = TempDir::new().expect("a folder");
    let callers = Callers::start(&server.url, folder.path().join("journal")).await;
    for _ in 0..times(3) {
        callers.until_more_is_promised().await;
        server.kill_and_restart().await;
    }
    let kept = callers.verify().await;
    assert!(kept["appointments"].as_u64() > Some(0) && kept["webhooks"].as_u64() > Some(0), "{kept}");
    assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_stopped_or_crashes_has_lost_nothing_that_was_acknowledged() {
    let home = TempDir::new().expect("a folder");
    // PostgreSQL's own user must get in.
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let (mut embedded, database) = Embedded::start(home.path()).await.expect("a PostgreSQL");
    let server = Server::start(database.options()).await;
    let folder = TempDir::new().expect("a folder");
    let callers = Callers::start(&server.url, folder.path().join("journal")).await;

    callers.until_more_is_promised().await;
    embedded.stop().await.expect("stopped");
    until(|| async { !server.is_ready().await }).await;
    (embedded, _) = Embedded::start(home.path()).await.expect("started again");

    callers.until_more_is_promised().await;
    crash(&home.path().join("postgres/postmaster.pid"));
    drop(embedded);
    let (embedded, _) = Embedded::start(home.path()).await.expect("recovered");

    let kept = callers.verify().await;
    assert!(kept["appointments"].as_u64() > Some(0) && kept["webhooks"].as_u64() > Some(0), "{kept}");
    assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
    drop(server);
    embedded.stop().await.expect("stopped");
}

/// SIGQUIT: PostgreSQL drops everything at once, as if the machine had lost power.
fn crash(postmaster: &std::path::Path) {
    let text = fs::read_to_string(postmaster).expect("a running PostgreSQL");
    let pid: i32 = text.lines().next().and_then(|line| line.parse().ok()).expect("a process");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::QUIT).expect("crashed");
}
