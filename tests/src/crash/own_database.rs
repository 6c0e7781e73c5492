//! The server on a PostgreSQL of its own: what `cargo run` does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Child;

use crate::support::binary::{address, frontdesk};
use crate::support::{until, within};

async fn serve(listen: &str, home: &Path) -> Child {
    let home = home.to_str().expect("a path");
    let mut command = frontdesk(&["serve", "--listen", listen, "--data-dir", home]).await;
    command
        .env_remove("FRONTDESK_OPERATOR_KEY")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a server")
}

async fn until_ready(listen: &str) {
    frontdesk::machine::prepare();
    let client = reqwest::Client::new();
    let url = format!("http://{listen}/readyz");
    until(|| async { client.get(&url).send().await.is_ok_and(|response| response.status().is_success()) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_from_nothing_survives_a_crash_and_leaves_nothing_running() {
    let home = TempDir::new().expect("a folder");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let listen = address();
    let key = || fs::read_to_string(home.path().join("operator-key")).expect("a key");

    let mut server = serve(&listen, home.path()).await;
    until_ready(&listen).await;
    let first_key = key();
    assert_eq!(
        fs::metadata(home.path().join("operator-key")).expect("a file").permissions().mode() & 0o777,
        0o600
    );
    let register = |name: &'static str| {
        let request = reqwest::Client::new().post(format!("http://{listen}/api/v1/businesses"));
        let body = format!("{{\"profile\":{{\"name\":\"{name}\",\"zone\":\"UTC\"}}}}");
        request.bearer_auth(first_key.trim()).header("content-type", "application/json").body(body).send()
    };
    assert_eq!(register("Before").await.expect("a response").status(), 201);

    // Killed, it leaves its PostgreSQL running; the next start takes that over, with everything in it.
    server.kill().await.expect("killed");
    let mut server = serve(&listen, home.path()).await;
    until_ready(&listen).await;
    assert_eq!(key(), first_key);
    assert_eq!(register("After").await.expect("a response").status(), 201);
    let list = reqwest::Client::new()
        .get(format!("http://{listen}/api/v1/businesses"))
        .bearer_auth(first_key.trim());
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

    let pid = rustix::process::Pid::from_raw(server.id().expect("it runs") as i32).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("told to stop");
    assert!(within(server.wait()).await.expect("a status").success());
    assert!(!home.path().join("postgres/postmaster.pid").exists(), "its PostgreSQL still runs");
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
