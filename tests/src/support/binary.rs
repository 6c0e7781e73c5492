//! The executable, as it is deployed: started, killed, started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;

use frontdesk_adapters::crypto::MasterKey;
use rustix::process::{Pid, Signal};
use serde_json::Value;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::process::{Child, Command};

use super::app::OPERATOR_KEY;
use super::{until, within};

/// How much is promised, at least, between one disaster and the next.
const MORE: usize = 10;

/// This workspace.
pub static SOURCES: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("a folder"));

/// The one that the tests were built with.
static BINARY: LazyLock<PathBuf> = LazyLock::new(|| build(&SOURCES, "frontdesk"));

/// Builds an executable as the tests were built.
pub fn build(workspace: &Path, name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test's own path");
    let profile = test.ancestors().nth(2).expect("the folder of the profile");
    let mut build = std::process::Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--bin", name]);
    build.arg("--target-dir").arg(profile.parent().expect("the target folder"));
    // What cargo has told this test about its package is not for that build: some crates are built anew when
    // it changes.
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        build.env_remove(name);
    }
    let built = build.current_dir(workspace).status();
    assert!(built.expect("cargo").success(), "{name} cannot be built");
    profile.join(name)
}

/// `frontdesk`, with nothing of this process's environment that would configure it.
pub async fn frontdesk(arguments: &[&str]) -> Command {
    let binary = tokio::task::spawn_blocking(|| BINARY.clone()).await.expect("a binary");
    of(&binary, arguments)
}

fn of(binary: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FRONTDESK_")) {
        command.env_remove(name);
    }
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL").env("FRONTDESK_OPERATOR_KEY", OPERATOR_KEY);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// An address of this machine that stays free while nobody listens there: its port is below those that the
/// system gives to connections.
pub fn address() -> String {
    loop {
        let address = format!("127.0.0.1:{}", rand::random_range(20_000..32_000));
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

/// A server that can be killed and comes back at the same address.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    listen: String,
    database_url: String,
    master_key: String,
    binary: PathBuf,
    child: Child,
}

impl Server {
    pub async fn start(options: &PgConnectOptions) -> Self {
        let binary = tokio::task::spawn_blocking(|| BINARY.clone()).await.expect("a binary");
        let database_url = options.to_url_lossy().to_string();
        Self::of(binary, database_url, MasterKey::generate().to_base64()).await
    }

    /// Another one on the same database.
    pub async fn beside(&self, binary: PathBuf) -> Self {
        Self::of(binary, self.database_url.clone(), self.master_key.clone()).await
    }

    async fn of(binary: PathBuf, database_url: String, master_key: String) -> Self {
        let listen = address();
        let child = spawn(&binary, &listen, &database_url, &master_key);
        let server =
            Self { url: format!("http://{listen}"), listen, database_url, master_key, binary, child };
        server.until_ready().await;
        server
    }

    pub async fn is_ready(&self) -> bool {
        frontdesk::machine::prepare();
        let asked = reqwest::Client::new().get(format!("{}/readyz", self.url)).send().await;
        asked.is_ok_and(|response| response.status().is_success())
    }

    pub async fn kill_and_restart(&mut self) {
        // SIGKILL: it can finish nothing.
        self.child.kill().await.expect("killed");
        self.start_again().await;
    }

    /// SIGTERM: it finishes what it has begun.
    pub async fn stop(&mut self) {
        assert!(end(&mut self.child, Signal::TERM).await.success(), "{} has ended in a fault", self.url);
    }

    pub async fn start_again(&mut self) {
        self.child = spawn(&self.binary, &self.listen, &self.database_url, &self.master_key);
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        until(|| self.is_ready()).await;
    }
}

/// A process that only works, on a database that is migrated. It logs warnings to `log`.
pub async fn worker(options: &PgConnectOptions, master_key: &MasterKey, log: std::fs::File) -> Child {
    let mut command = frontdesk(&["serve", "--role", "worker"]).await;
    command
        .env("DATABASE_URL", options.to_url_lossy().to_string())
        .env("FRONTDESK_MASTER_KEY", master_key.to_base64());
    command
        .env("FRONTDESK_MIGRATE", "never")
        .env("FRONTDESK_JOB_LEASE_SECONDS", "1")
        .env("FRONTDESK_LOG", "warn");
    command.stdout(Stdio::null()).stderr(log).spawn().expect("a worker")
}

async fn end(child: &mut Child, signal: Signal) -> ExitStatus {
    let pid = child.id().and_then(|pid| Pid::from_raw(pid as i32)).expect("it runs");
    rustix::process::kill_process(pid, signal).expect("told to end");
    within(child.wait()).await.expect("a status")
}

fn spawn(binary: &Path, listen: &str, database_url: &str, master_key: &str) -> Child {
    let mut command = of(binary, &["serve", "--listen", listen]);
    command
        .env("DATABASE_URL", database_url)
        .env("FRONTDESK_MASTER_KEY", master_key)
        .env("FRONTDESK_LOG", "error");
    command.stdout(Stdio::null()).spawn().expect("a server")
}

/// Callers who write down what they are promised.
#[derive(Debug)]
pub struct Callers {
    urls: Vec<String>,
    journal: PathBuf,
    child: Child,
}

impl Callers {
    /// They call until the promises are checked.
    pub async fn start(url: &str, journal: PathBuf) -> Self {
        Self::of(vec![url.to_owned()], journal).await
    }

    /// They try the servers in turn.
    pub async fn of(urls: Vec<String>, journal: PathBuf) -> Self {
        let arguments = ["simulate", "calls", "--concurrency", "25", "--duration", "1h", "--journal"];
        let mut callers = frontdesk(&arguments).await;
        callers.arg(&journal).args(at(&urls)).stdout(Stdio::null()).stderr(Stdio::null());
        Self { urls, journal, child: callers.spawn().expect("callers") }
    }

    /// The same callers, whose promises are checked at this server.
    pub fn checked_at(self, url: &str) -> Self {
        Self { urls: vec![url.to_owned()], ..self }
    }

    /// How many appointments and webhooks were acknowledged so far.
    fn promised(&self) -> [usize; 2] {
        let journal = std::fs::read_to_string(&self.journal).unwrap_or_default();
        ["appointment", "webhook"].map(|kind| journal.matches(&format!("{{\"kind\":\"{kind}\"")).count())
    }

    /// Waits until more is promised than before.
    pub async fn until_more_is_promised(&self) {
        let before = self.promised();
        until(|| async { self.promised().iter().zip(before).all(|(now, before)| *now >= before + MORE) })
            .await;
    }

    /// Lets the last of them hang up. Fails if one of them was failed.
    pub async fn hang_up(&mut self) -> ExitStatus {
        end(&mut self.child, Signal::INT).await
    }

    /// Lets the last of them hang up, and checks every promise.
    pub async fn verify(mut self) -> Value {
        self.hang_up().await;
        self.kept(&self.urls).await
    }

    /// Checks every promise at these servers.
    pub async fn kept(&self, urls: &[String]) -> Value {
        let mut verify = frontdesk(&["simulate", "verify", "--json", "--journal"]).await;
        let output = within(verify.arg(&self.journal).args(at(urls)).output()).await.expect("an output");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
    }
}

fn at(urls: &[String]) -> impl Iterator<Item = &str> {
    urls.iter().flat_map(|url| ["--url", url])
}
