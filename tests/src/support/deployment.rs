//! The executable on a PostgreSQL of its own: what `cargo run` does.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::binary::{Callers, address, frontdesk};
use super::{until, within};

/// Where a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Here,
    /// Processes have other ids there, and share no memory with those here.
    AnotherContainer,
}

/// A data directory, and servers on it.
#[derive(Debug)]
pub struct Deployment {
    pub home: PathBuf,
    makes_keys: bool,
    folder: TempDir,
}

/// One of them.
#[derive(Debug)]
pub struct Serving {
    pub url: String,
    place: Place,
    child: Child,
}

impl Deployment {
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        // PostgreSQL's own user must get in.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        let home = folder.path().join("home");
        fs::create_dir(&home).expect("a folder");
        Self { home, makes_keys: false, folder }
    }

    /// The operator's key is not given, but made at the first start.
    pub fn without_keys() -> Self {
        let mut deployment = Self::new();
        deployment.makes_keys = true;
        deployment
    }

    pub fn data(&self) -> PathBuf {
        self.home.join("postgres")
    }

    /// A server that is ready.
    pub async fn serve(&self) -> Serving {
        self.serve_in(Place::Here).await
    }

    pub async fn serve_in(&self, place: Place) -> Serving {
        let listen = address();
        let mut command = self.command(place, &["serve", "--listen", &listen]).await;
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"));
        command.stdout(Stdio::null()).stderr(log.expect("a log"));
        let child = command.spawn().expect("a server");
        let mut serving = Serving { url: format!("http://{listen}"), place, child };
        within(async {
            while !serving.is_ready().await {
                let ended = serving.child.try_wait().expect("a status");
                assert!(ended.is_none(), "it ended: {}", self.log());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        serving
    }

    /// Callers who write down what these servers promise them.
    pub async fn call(&self, servers: &[&Serving]) -> Callers {
        let urls = servers.iter().map(|serving| serving.url.clone()).collect();
        Callers::of(urls, self.folder.path().join("journal")).await
    }

    /// Why no server starts.
    pub async fn refusal(&self) -> String {
        self.said_in_vain(Place::Here, &["serve", "--listen", &address()]).await
    }

    /// What a command says that fails.
    pub async fn said_in_vain(&self, place: Place, arguments: &[&str]) -> String {
        let output = within(self.command(place, arguments).await.output()).await.expect("an output");
        assert!(!output.status.success(), "it is refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// What a command prints that succeeds.
    pub async fn said(&self, place: Place, arguments: &[&str]) -> String {
        let output = within(self.command(place, arguments).await.output()).await.expect("an output");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    async fn command(&self, place: Place, arguments: &[&str]) -> Command {
        let home = self.home.to_str().expect("a path");
        let mut here = frontdesk(&[arguments, &["--data-dir", home]].concat()).await;
        if self.makes_keys {
            here.env_remove("FRONTDESK_OPERATOR_KEY");
        }
        match place {
            Place::Here => here,
            Place::AnotherContainer => {
                let (mut there, here) = (another_container(), here.as_std());
                there.arg(here.get_program()).args(here.get_args());
                for (name, value) in here.get_envs() {
                    match value {
                        Some(value) => there.env(name, value),
                        None => there.env_remove(name),
                    };
                }
                there
            }
        }
    }

    /// The process id of the PostgreSQL that was started last.
    pub fn postmaster(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }

    /// Kills PostgreSQL, and nothing else.
    pub fn kill_postmaster(&self) -> Pid {
        let postmaster = self.postmaster().expect("a PostgreSQL");
        kill_process(postmaster, Signal::KILL).expect("killed");
        postmaster
    }

    /// Starts a PostgreSQL as somebody would who knows nothing of Frontdesk: it listens elsewhere.
    pub async fn start_by_hand(&self) -> Pid {
        let data = self.data();
        let owner = fs::metadata(&data).expect("data");
        let mut postgres = Command::new(program("postgres"));
        postgres
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(data.join("pg_stat_tmp"))
            .args(["-c", "listen_addresses="]);
        postgres.current_dir(&data).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if rustix::process::geteuid().is_root() {
            postgres.uid(owner.uid()).gid(owner.gid());
        }
        drop(postgres.spawn().expect("a PostgreSQL"));
        let options = self.options().socket(data.join("pg_stat_tmp"));
        until(|| async { options.connect().await.is_ok() }).await;
        self.postmaster().expect("it runs")
    }

    /// All that run on the data, in whatever container. What one has forked has its arguments for a moment,
    /// and is not counted.
    pub fn postmasters(&self) -> Vec<Pid> {
        let data = self.data();
        let runs_on_it = |process: &Pid| {
            let arguments =
                fs::read(format!("/proc/{}/cmdline", process.as_raw_nonzero())).unwrap_or_default();
            arguments.split(|byte| *byte == 0).any(|argument| argument == data.as_os_str().as_encoded_bytes())
        };
        let entries = fs::read_dir("/proc").expect("processes").flatten();
        let processes = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
        let mut found: Vec<Pid> = processes.filter(runs_on_it).collect();
        let all = found.clone();
        found.retain(|process| parent_of(*process).is_some_and(|parent| !all.contains(&parent)));
        found
    }

    /// How PostgreSQL is reached by itself.
    pub fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().socket(self.data()).port(5432);
        options.username("frontdesk").database("frontdesk")
    }

    pub async fn connect(&self) -> sqlx::Result<PgConnection> {
        self.options().connect().await
    }

    /// Waits until another PostgreSQL than this one answers.
    pub async fn until_another_answers(&self, killed: Pid) {
        until(|| async {
            let other = self.postmaster().is_some_and(|postmaster| postmaster != killed);
            match self.connect().await {
                Ok(connection) => connection.close().await.is_ok() && other,
                Err(_) => false,
            }
        })
        .await;
    }

    /// What the servers have logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        // A test that fails may leave one.
        for postmaster in self.postmasters() {
            let _ = kill_process(postmaster, Signal::KILL);
        }
    }
}

impl Serving {
    fn process(&self) -> Pid {
        Pid::from_raw(self.child.id().expect("it runs") as i32).expect("a process")
    }

    pub async fn readiness(&self) -> Option<Value> {
        frontdesk::machine::prepare();
        let response = reqwest::Client::new().get(format!("{}/readyz", self.url)).send().await.ok()?;
        response.json().await.ok()
    }

    pub async fn is_ready(&self) -> bool {
        self.readiness().await.is_some_and(|body| body["status"] == "ready")
    }

    /// Waits until it says what is wrong with its PostgreSQL.
    pub async fn until_failing(&self, reason: &str) {
        until(|| async {
            let body = self.readiness().await.unwrap_or_default();
            body["failing"]["postgres"].as_str().is_some_and(|said| said.contains(reason))
        })
        .await;
    }

    /// SIGKILL: it can finish nothing.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    pub async fn stop(mut self) {
        let told = match self.place {
            Place::Here => self.process(),
            // `unshare` only waits for its child.
            Place::AnotherContainer => child_of(self.process()),
        };
        kill_process(told, Signal::TERM).expect("told to stop");
        assert!(within(self.child.wait()).await.expect("a status").success());
    }
}

/// A program of PostgreSQL's; of those of its versions that are installed, the newest.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.is_file()).max();
    newest.unwrap_or_else(|| name.into())
}

/// `None` where it has ended.
fn parent_of(child: Pid) -> Option<Pid> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.as_raw_nonzero())).ok()?;
    Pid::from_raw(status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()?)
}

fn child_of(parent: Pid) -> Pid {
    let parent = parent.as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).expect("processes");
    let child = children.split_whitespace().next().and_then(|child| child.parse().ok());
    child.and_then(Pid::from_raw).expect("a child")
}

fn another_container() -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"]);
    unshare.stdin(Stdio::null()).kill_on_drop(true);
    unshare
}

/// Whether this machine lets us make what is like another container. Says so, where it does not.
pub async fn can_be_elsewhere() -> bool {
    succeeds(another_container().arg("true"), "no other containers can be made here").await
}

/// Whether a program does what it should. Says what is skipped, where it does not.
pub async fn succeeds(command: &mut Command, otherwise: &str) -> bool {
    let output = command.stdin(Stdio::null()).output().await;
    let succeeded = output.as_ref().is_ok_and(|output| output.status.success());
    if !succeeded {
        eprintln!("skipped, because {otherwise}: {output:?}");
    }
    succeeded
}

/// Something that is mounted, until it is dropped.
#[derive(Debug)]
pub struct Mounted {
    at: PathBuf,
}

impl Mounted {
    /// `None` where this machine does not let us. Says so.
    pub async fn new(at: &Path, arguments: &[&str]) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(arguments).arg(at);
        succeeds(&mut mount, "nothing can be mounted here").await.then(|| Self { at: at.to_owned() })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a failed test may have left something running there.
        let arguments = [OsStr::new("--lazy"), self.at.as_os_str()];
        let _ = std::process::Command::new("umount").args(arguments).status();
    }
}

/// A little while: long enough for something that must not happen.
pub const A_WHILE: Duration = Duration::from_secs(2);
