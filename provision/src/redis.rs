//! The ways to a Redis. Where it is no container, it is on a free port of the loopback interface, and keeps
//! nothing.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::at_end::AtEnd;
use crate::order::Way;
use crate::path::on_path;
use crate::server::Server;
use crate::{apt, container};

const START_TIMEOUT: Duration = Duration::from_secs(30);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(50);
/// Another process may take the free port before the server does.
const ATTEMPTS: usize = 3;
/// How much of what it has said is told.
const TOLD_LINES_MAX: usize = 8;

pub fn ways() -> Vec<Way> {
    vec![
        Way::new("in a container", container::redis()),
        Way::new("as installed", async { start(&installed()?).await }),
        Way::new("from Debian's packages", async {
            apt::install("redis-server").await?;
            start(&installed()?).await
        }),
    ]
}

fn installed() -> Result<PathBuf> {
    ["redis-server", "valkey-server"]
        .into_iter()
        .find_map(on_path)
        .context("neither redis-server nor valkey-server is installed")
}

async fn start(program: &Path) -> Result<Server> {
    let mut said = String::new();
    for _ in 0..ATTEMPTS {
        match attempt(program).await? {
            Ok(server) => return Ok(server),
            Err(last_words) => said = last_words,
        }
    }
    bail!("{} ended {ATTEMPTS} times as it was started, and said: {said}", program.display())
}

/// Or what it has said, if it has ended.
async fn attempt(program: &Path) -> Result<Result<Server, String>> {
    let home = tempfile::Builder::new()
        .prefix("frontdesk-redis-")
        .tempdir()
        .context("making a temporary directory")?;
    let address = free_address()?;
    let log = home.path().join("log");
    let file = File::create(&log).context("making the log of Redis")?;
    let mut child = Command::new(program)
        .args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--dir"])
        .arg(home.path())
        .args(["--save", "", "--appendonly", "no"])
        .stdin(Stdio::null())
        .stderr(file.try_clone().context("making the log of Redis")?)
        .stdout(file)
        // In a process group of its own: Ctrl-C is for us, and we stop it.
        .process_group(0)
        .spawn()
        .with_context(|| format!("running {}", program.display()))?;
    let deadline = Instant::now() + START_TIMEOUT;
    while Instant::now() < deadline {
        if child.try_wait().context("waiting for Redis")?.is_some() {
            return Ok(Err(last_lines(&log)));
        }
        if timeout(ANSWER_TIMEOUT, answers(address)).await.is_ok_and(|answer| answer.unwrap_or(false)) {
            return Ok(Ok(served(address, &child, home)?));
        }
        sleep(POLL).await;
    }
    child.kill().and_then(|()| child.wait()).context("stopping Redis")?;
    bail!("{} did not answer within {} s: {}", program.display(), START_TIMEOUT.as_secs(), last_lines(&log))
}

/// It is never waited for, so that its number stays its own until this process ends.
fn served(address: SocketAddr, child: &Child, home: TempDir) -> Result<Server> {
    let home = home.keep();
    let number = child.id().to_string();
    let at_end = AtEnd::run("kill -s KILL \"$1\"; rm -rf \"$2\"", &[number.as_ref(), home.as_os_str()])?;
    Ok(Server::started(format!("redis://{address}/"), at_end))
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    listener.local_addr().context("looking for a free port")
}

async fn answers(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut reply = [0; 5];
    stream.read_exact(&mut reply).await?;
    Ok(reply == *b"+PONG")
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TOLD_LINES_MAX)..].join("\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn what_redis_says_when_it_does_not_start_is_told() {
        let home = tempfile::tempdir().expect("a directory");
        let program = home.path().join("redis-server");
        fs::write(&program, "#!/bin/sh\necho 'Fatal: cannot do that' >&2\nexit 1\n").expect("a program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("permissions");
        let error = start(&program).await.expect_err("it does not start").to_string();
        assert!(error.contains("redis-server ended 3 times"), "{error}");
        assert!(error.ends_with("Fatal: cannot do that"), "{error}");
    }
}
