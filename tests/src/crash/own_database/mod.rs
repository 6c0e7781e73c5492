//! The server on a PostgreSQL of its own: what `cargo run` does.

mod data;
mod ended;
mod namespaces;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use crate::support::binary::frontdesk;
use crate::support::deployment::Deployment;
use crate::support::{until, within};

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_from_nothing_survives_a_crash_and_leaves_nothing_running() {
    let deployment = Deployment::without_keys();
    let key = || fs::read_to_string(deployment.home.join("operator-key")).expect("a key");

    let server = deployment.serve().await;
    let first_key = key();
    assert_eq!(
        fs::metadata(deployment.home.join("operator-key")).expect("a file").permissions().mode() & 0o777,
        0o600
    );
    let register = |url: &str, name: &'static str| {
        let request = reqwest::Client::new().post(format!("{url}/api/v1/businesses"));
        let body = format!("{{\"profile\":{{\"name\":\"{name}\",\"zone\":\"UTC\"}}}}");
        request.bearer_auth(first_key.trim()).header("content-type", "application/json").body(body).send()
    };
    assert_eq!(register(&server.url, "Before").await.expect("a response").status(), 201);

    // Killed, it leaves its PostgreSQL running; the next start takes that over, with everything in it.
    let postmaster = deployment.postmaster();
    server.kill().await;
    let server = deployment.serve().await;
    assert_eq!((key(), deployment.postmaster()), (first_key.clone(), postmaster));
    assert_eq!(register(&server.url, "After").await.expect("a response").status(), 201);
    let list =
        reqwest::Client::new().get(format!("{}/api/v1/businesses", server.url)).bearer_auth(first_key.trim());
    until(|| async {
        let text = list
            .try_clone()
            .expect("a request")
            .send()
            .await
            .expect("a response")
            .text()
            .await
            .expect("a text");
        text.contains("Before") && text.contains("After")
    })
    .await;

    server.stop().await;
    assert!(deployment.postmasters().is_empty(), "its PostgreSQL still runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_data_have_checksums() {
    let deployment = Deployment::new();
    let server = deployment.serve().await;
    let checksums: String = sqlx::query_scalar("show data_checksums")
        .fetch_one(&mut deployment.connect().await.expect("a connection"))
        .await
        .expect("a setting");
    assert_eq!(checksums, "on");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_does_not_exist_stops_it_before_it_begins() {
    let home = TempDir::new().expect("a folder");
    let mut command = frontdesk(&["serve", "--data-dir", home.path().to_str().expect("a path")]).await;
    let output = within(command.env("FRONTDESK_LISTN", "127.0.0.1:1").output()).await.expect("an output");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("FRONTDESK_LISTN"), "{text}");
    assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 0);
}
