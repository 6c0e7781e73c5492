//! The executable, as it is deployed: started, killed, started again.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::Duration;

use frontdesk_adapters::crypto::MasterKey;
use serde_json::Value;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::process::{Child, Command};

use super::app::OPERATOR_KEY;

/// A bound on what ends by itself.
const SOME_MINUTES: Duration = Duration::from_secs(300);

/// Built as the workspace is, so that it is the one that the tests were built with.
static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut build = std::process::Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--bin", "frontdesk"]);
    // What cargo has told this test about its package is not for that build: some crates are built anew when it changes.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
        build.env_remove(name);
    }
    let built = build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).status();
    assert!(built.expect("cargo").success(), "the executable cannot be built");
    let test = std::env::current_exe().expect("this test's own path");
    test.ancestors().nth(2).expect("the folder of the profile").join("frontdesk")
});

/// `frontdesk`, with nothing of this process's environment that would configure it.
pub async fn frontdesk(arguments: &[&str]) -> Command {
    let binary = tokio::task::spawn_blocking(|| BINARY.clone()).await.expect("a binary");
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FRONTDESK_")) {
        command.env_remove(name);
    }
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL").env("FRONTDESK_OPERATOR_KEY", OPERATOR_KEY);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A server that can be killed and comes back at the same address.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    listen: String,
    database_url: String,
    master_key: String,
    child: Child,
}

impl Server {
    pub async fn start(options: &PgConnectOptions) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
        let listen = format!("127.0.0.1:{port}");
        let (database_url, master_key) = (options.to_url_lossy().to_string(), MasterKey::generate().to_base64());
        let child = spawn(&listen, &database_url, &master_key).await;
        let server = Self { url: format!("http://{listen}"), listen, database_url, master_key, child };
        server.until_ready().await;
        server
    }

    pub async fn kill_and_restart(&mut self) {
        // SIGKILL: it can finish nothing.
        self.child.kill().await.expect("killed");
        self.child = spawn(&self.listen, &self.database_url, &self.master_key).await;
        self.until_ready().await;
    }

    pub async fn until_ready(&self) {
        frontdesk::machine::prepare();
        let client = reqwest::Client::new();
        super::until(|| async {
            client.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|response| response.status().is_success())
        })
        .await;
    }
}

/// A process that only works, on a database that is migrated. It logs warnings to `log`.
pub async fn worker(options: &PgConnectOptions, master_key: &MasterKey, log: std::fs::File) -> Child {
    let mut command = frontdesk(&["serve", "--role", "worker"]).await;
    command.env("DATABASE_URL", options.to_url_lossy().to_string()).env("FRONTDESK_MASTER_KEY", master_key.to_base64());
    command.env("FRONTDESK_MIGRATE", "never").env("FRONTDESK_JOB_LEASE_SECONDS", "1").env("FRONTDESK_LOG", "warn");
    command.stdout(Stdio::null()).stderr(log).spawn().expect("a worker")
}

async fn spawn(listen: &str, database_url: &str, master_key: &str) -> Child {
    let mut command = frontdesk(&["serve", "--listen", listen]).await;
    command.env("DATABASE_URL", database_url).env("FRONTDESK_MASTER_KEY", master_key).env("FRONTDESK_LOG", "error");
    command.stdout(Stdio::null()).spawn().expect("a server")
}

/// Lets callers call for a while, writing down what they are promised.
pub async fn calls(url: &str, journal: &Path) -> Child {
    let journal = journal.to_str().expect("a path");
    let arguments = ["simulate", "calls", "--url", url, "--concurrency", "25", "--duration", "8s", "--journal", journal, "--json"];
    frontdesk(&arguments).await.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("callers")
}

/// Waits until the callers are done, and checks every promise.
pub async fn verify(mut calls: Child, url: &str, journal: &Path) -> Value {
    tokio::time::timeout(SOME_MINUTES, calls.wait()).await.expect("calls end").expect("a status");
    let journal = journal.to_str().expect("a path");
    let output = frontdesk(&["simulate", "verify", "--url", url, "--journal", journal, "--json"]).await.output();
    let output = tokio::time::timeout(SOME_MINUTES, output).await.expect("it ends").expect("an output");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}
