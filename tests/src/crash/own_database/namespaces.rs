//! Processes on one data directory that do not see each other's: those of two containers on one volume.

use std::fs;

use crate::support::deployment::{Deployment, Place, can_be_elsewhere};
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_another_container_uses_the_server_that_runs() {
    if !can_be_elsewhere().await {
        return;
    }
    let deployment = Deployment::new();
    let server = deployment.serve().await;
    let callers = deployment.call(&[&server]).await;
    let postmaster = deployment.postmaster();
    for _ in 0..super::super::times(3) {
        callers.until_more_is_promised().await;
        let status = deployment.said(Place::AnotherContainer, &["projections", "status"]).await;
        assert!(status.contains("appointments"), "{status}");
        assert_eq!(deployment.postmasters(), Vec::from_iter(postmaster), "it is the one that ran");
    }
    let kept = callers.verify().await;
    assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_is_not_joined_by_a_second_one() {
    if !can_be_elsewhere().await {
        return;
    }
    let deployment = Deployment::new();
    let server = deployment.serve().await;
    let postmaster = deployment.postmaster();
    fs::remove_file(deployment.data().join(".s.PGSQL.5432")).expect("removed");
    for place in [Place::AnotherContainer, Place::Here] {
        let said = deployment.said_in_vain(place, &["jobs", "list"]).await;
        assert!(
            said.contains("a PostgreSQL has the data in") && said.contains("stop that one first"),
            "{said}"
        );
        assert_eq!(deployment.postmasters(), Vec::from_iter(postmaster), "it is the one that ran");
    }
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_containers_either_starts_the_server_again_that_both_use() {
    if !can_be_elsewhere().await {
        return;
    }
    let deployment = Deployment::new();
    let there = deployment.serve_in(Place::AnotherContainer).await;
    let here = deployment.serve().await;
    let callers = deployment.call(&[&here, &there]).await;
    callers.until_more_is_promised().await;
    let first = deployment.postmasters();
    assert_eq!(first.len(), 1);

    // With a container goes the server that was started there.
    there.kill().await;
    until(|| async { deployment.postmasters() != first }).await;
    callers.until_more_is_promised().await;
    let second = deployment.postmasters();
    assert!(second.len() == 1 && second != first, "{first:?}, {second:?}");
    let kept = callers.checked_at(&here.url).verify().await;
    assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
    here.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_see_the_server_leaves_it_running() {
    if !can_be_elsewhere().await {
        return;
    }
    let deployment = Deployment::new();
    let here = deployment.serve().await;
    let there = deployment.serve_in(Place::AnotherContainer).await;
    let postmaster = deployment.postmaster();
    here.stop().await;
    assert!(there.is_ready().await, "it is still used");
    there.stop().await;
    assert_eq!(deployment.postmasters(), Vec::from_iter(postmaster), "nobody can stop it from there");
    deployment.said(Place::Here, &["jobs", "list"]).await;
    until(|| async { deployment.postmasters().is_empty() }).await;
}
