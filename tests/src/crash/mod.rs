//! What was acknowledged is there, whatever is killed.

mod own_database;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use frontdesk_adapters::postgres::embedded::Embedded;
use tempfile::TempDir;

use crate::support::binary::{Server, calls, verify};
use crate::support::database::TestDatabase;

/// Between one disaster and the next: long enough for something to be going on.
const PEACE: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_has_lost_nothing_that_it_acknowledged() {
    let database = TestDatabase::create().await;
    let mut server = Server::start(database.owner.options()).await;
    let folder = TempDir::new().expect("a folder");
    let journal = folder.path().join("journal");
    let calls = calls(&server.url, &journal).await;
    for _ in 0..3 {
        tokio::time::sleep(PEACE).await;
        server.kill_and_restart().await;
    }
    let kept = verify(calls, &server.url, &journal).await;
    assert!(kept["appointments"].as_u64() > Some(5) && kept["webhooks"].as_u64() > Some(5), "{kept}");
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
    let journal = folder.path().join("journal");
    let calls = calls(&server.url, &journal).await;

    tokio::time::sleep(PEACE).await;
    embedded.stop().await.expect("stopped");
    tokio::time::sleep(Duration::from_millis(500)).await;
    (embedded, _) = Embedded::start(home.path()).await.expect("started again");

    tokio::time::sleep(PEACE).await;
    crash(&home.path().join("postgres/postmaster.pid"));
    drop(embedded);
    let (embedded, _) = Embedded::start(home.path()).await.expect("recovered");

    let kept = verify(calls, &server.url, &journal).await;
    assert!(kept["appointments"].as_u64() > Some(5) && kept["webhooks"].as_u64() > Some(5), "{kept}");
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
