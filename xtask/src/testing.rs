//! `cargo xtask test`: the tests, with what they need around them.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use crate::services::Services;
use crate::workspace;

/// How long interrupted tests may take to end.
const GRACE: Duration = Duration::from_secs(5);

pub async fn run(arguments: &[String]) -> Result<()> {
    let mut services = Services::default();
    let outcome = attempt(&mut services, arguments).await;
    let stopped = services.stop().await;
    outcome.and(stopped)
}

async fn attempt(services: &mut Services, arguments: &[String]) -> Result<()> {
    // From here on a signal waits until what is being started is started, and can be stopped.
    let mut signals = Signals::new()?;
    services.start().await?;
    let mut command = Command::from(workspace::cargo());
    command.arg("test").args(everything(arguments)).args(arguments).envs(services.environment());
    // In a process group of its own, so that it can be stopped as a whole however we are told to.
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    let mut tests = command.spawn().context("running cargo test")?;
    let status = tokio::select! {
        status = tests.wait() => status.context("waiting for cargo test")?,
        () = signals.next() => {
            end(&mut tests).await?;
            bail!("interrupted")
        }
    };
    if status.success() { Ok(()) } else { bail!("the tests failed") }
}

/// `--workspace`, unless packages are named.
fn everything(arguments: &[String]) -> Option<&'static str> {
    let names_packages = |argument: &String| argument.starts_with("-p") || argument.starts_with("--package");
    let named = arguments.iter().take_while(|argument| *argument != "--").any(names_packages);
    (!named).then_some("--workspace")
}

async fn end(tests: &mut Child) -> Result<()> {
    let group = tests.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    for signal in [Signal::TERM, Signal::KILL] {
        // A group that has just ended is as good.
        let _ = group.map(|group| kill_process_group(group, signal));
        if let Ok(status) = tokio::time::timeout(GRACE, tests.wait()).await {
            status.context("waiting for cargo test")?;
            return Ok(());
        }
    }
    Ok(())
}

/// What asks us to stop.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("listening for signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_members_are_tested_unless_some_are_named() {
        for (arguments, expected) in [
            (&[][..], Some("--workspace")),
            (&["some_test"], Some("--workspace")),
            (&["-p", "frontdesk-domain"], None),
            (&["--package=frontdesk"], None),
            (&["--", "-p"], Some("--workspace")),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            assert_eq!(everything(&arguments), expected, "{arguments:?}");
        }
    }
}
