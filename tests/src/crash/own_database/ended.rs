//! Its PostgreSQL is killed, alone or with it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::Command;

use super::super::times;
use crate::support::deployment::Deployment;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_killed_alone_comes_back_and_has_lost_nothing() {
    let deployment = Deployment::new();
    let server = deployment.serve().await;
    let callers = deployment.call(&[&server]).await;
    for _ in 0..times(3) {
        callers.until_more_is_promised().await;
        let killed = deployment.kill_postmaster();
        deployment.until_another_answers(killed).await;
    }
    server.until_failing("it had ended; it runs again").await;
    callers.until_more_is_promised().await;
    let kept = callers.verify().await;
    assert!(kept["appointments"].as_u64() > Some(0) && kept["webhooks"].as_u64() > Some(0), "{kept}");
    assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
    server.stop().await;
    assert!(deployment.postmasters().is_empty(), "its PostgreSQL still runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_both_are_killed_every_start_works() {
    let deployment = Deployment::new();
    for _ in 0..times(5) {
        let server = deployment.serve().await;
        deployment.kill_postmaster();
        server.kill().await;
    }
    deployment.serve().await.stop().await;
}

/// As in a container, where process ids are small and come again.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_the_process_id_of_a_dead_postgresql_does_not_hinder_a_start() {
    let deployment = Deployment::new();
    let server = deployment.serve().await;
    let user = fs::metadata(deployment.data()).expect("data").uid();
    let mut somebody = Command::new("sleep");
    somebody.arg("1h").stdin(Stdio::null()).kill_on_drop(true);
    if rustix::process::geteuid().is_root() {
        // PostgreSQL minds only those of its own user.
        somebody.uid(user);
    }
    let somebody = somebody.spawn().expect("a process");
    deployment.kill_postmaster();
    server.kill().await;
    until(|| async { deployment.postmasters().is_empty() }).await;

    let left = ["postmaster.pid", ".s.PGSQL.5432.lock"].map(|name| deployment.data().join(name));
    for path in &left {
        let text = fs::read_to_string(path).expect("what is left");
        let (_, rest) = text.split_once('\n').expect("lines");
        fs::write(path, format!("{}\n{rest}", somebody.id().expect("it runs"))).expect("written");
    }
    let server = deployment.serve().await;
    let process = Pid::from_raw(somebody.id().expect("it runs") as i32).expect("a process");
    assert_ne!(deployment.postmaster(), Some(process));
    test_kill_process(process).expect("nobody has stopped it");
    server.stop().await;
    test_kill_process(process).expect("nobody has stopped it");
}

/// Somebody looks at the data with a PostgreSQL of their own, and without our lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_was_started_by_hand_is_left_alone() {
    let deployment = Deployment::new();
    deployment.serve().await.stop().await;
    let by_hand = deployment.start_by_hand().await;
    let said = deployment.refusal().await;
    let sockets = deployment.data().join("pg_stat_tmp");
    assert!(said.contains("postmaster.pid says that a PostgreSQL on this data listens in"), "{said}");
    assert!(said.contains(&sockets.display().to_string()) && said.contains("stop it"), "{said}");
    assert_eq!(deployment.postmaster(), Some(by_hand));

    // Even without its pid file it is not overlooked.
    fs::remove_file(deployment.data().join("postmaster.pid")).expect("removed");
    let said = deployment.refusal().await;
    assert!(said.contains("is still in use"), "{said}");
    assert_eq!(deployment.postmasters(), [by_hand]);
    kill_process(by_hand, Signal::INT).expect("told to stop");
    until(|| async { deployment.postmasters().is_empty() }).await;
    deployment.serve().await.stop().await;
}
