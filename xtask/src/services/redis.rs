//! A Redis for one run, on a free port of the loopback interface, which keeps nothing.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::apt;
use crate::process;

const START_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
/// Another process may take the free port before the server does.
const ATTEMPTS: usize = 3;
const IMAGE: &str = "redis:7-alpine";

pub struct Server {
    kind: &'static str,
    child: Child,
    address: SocketAddr,
    /// Of the container, where it is one.
    container: Option<String>,
    _home: TempDir,
}

/// What can be run as a Redis here.
#[derive(Clone)]
enum Program {
    Installed(&'static str, PathBuf),
    Container,
}

impl Server {
    pub async fn start() -> Result<Self> {
        tokio::task::spawn_blocking(Self::start_blocking).await.context("starting Redis")?
    }

    fn start_blocking() -> Result<Self> {
        let program = Program::find()?;
        for _ in 0..ATTEMPTS {
            if let Some(server) = Self::attempt(&program)? {
                return Ok(server);
            }
        }
        bail!("Redis did not start on any of {ATTEMPTS} ports; with TEST_REDIS_URL set, that one is used")
    }

    /// `None` if the server ended at once.
    fn attempt(program: &Program) -> Result<Option<Self>> {
        let home = tempfile::Builder::new()
            .prefix("frontdesk-redis-")
            .tempdir()
            .context("making a temporary directory")?;
        let address = free_address()?;
        let port = address.port().to_string();
        let (mut command, kind, container) = match program {
            Program::Installed(kind, program) => {
                let mut command = Command::new(program);
                command.args(["--bind", "127.0.0.1", "--port", &port, "--dir"]).arg(home.path());
                (command, *kind, None)
            }
            Program::Container => {
                let name = format!("frontdesk-test-redis-{port}");
                let mut command = Command::new("docker");
                command.args([
                    "run",
                    "--rm",
                    "--name",
                    &name,
                    "--publish",
                    &format!("127.0.0.1:{port}:6379"),
                    IMAGE,
                    "redis-server",
                ]);
                (command, "docker", Some(name))
            }
        };
        command
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // In a process group of its own: Ctrl-C is for us, and we stop it.
        let child = command.process_group(0).spawn().with_context(|| format!("running {kind}"))?;
        let mut server = Self { kind, child, address, container, _home: home };
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline {
            if server.child.try_wait().context("waiting for Redis")?.is_some() {
                return Ok(None);
            }
            if answers(address) {
                return Ok(Some(server));
            }
            std::thread::sleep(POLL);
        }
        server.end()?;
        bail!("{kind} did not answer within {} s", START_TIMEOUT.as_secs())
    }

    pub fn kind(&self) -> &'static str {
        self.kind
    }

    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    pub async fn stop(mut self) -> Result<()> {
        tokio::task::spawn_blocking(move || self.end()).await.context("stopping Redis")?
    }

    fn end(&mut self) -> Result<()> {
        if let Some(container) = &self.container {
            process::succeeds(Command::new("docker").args(["rm", "--force", container]));
        }
        self.child.kill().context("stopping Redis")?;
        self.child.wait().context("waiting for Redis to stop")?;
        Ok(())
    }
}

impl Program {
    fn find() -> Result<Self> {
        if let Some(installed) = Self::installed() {
            return Ok(installed);
        }
        if apt::install("redis-server")?
            && let Some(installed) = Self::installed()
        {
            return Ok(installed);
        }
        if process::succeeds(Command::new("docker").arg("info")) {
            return Ok(Self::Container);
        }
        bail!(
            "no Redis for the tests: install redis-server or valkey-server (Debian: apt-get install redis-server), start Docker, or set \
             TEST_REDIS_URL"
        )
    }

    fn installed() -> Option<Self> {
        ["redis-server", "valkey-server"]
            .into_iter()
            .find_map(|name| Some(Self::Installed(name, process::on_path(name)?)))
    }
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    listener.local_addr().context("looking for a free port")
}

fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, POLL)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut reply = [0; 5];
        stream.read_exact(&mut reply)?;
        Ok(reply == *b"+PONG")
    };
    ask().unwrap_or(false)
}
