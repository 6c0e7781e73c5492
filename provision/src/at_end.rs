//! What is to be done when this process ends, however it ends.
//!
//! Nothing static is dropped when a test binary ends, and nothing at all is when a process is killed. So a
//! shell waits for the end of its input, our end of which closes with this process, and does it then.

use std::ffi::OsStr;
use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

#[derive(Debug)]
pub struct AtEnd(Child);

impl AtEnd {
    /// Has a script run, with arguments from `$1` on.
    pub fn run(script: &str, arguments: &[&OsStr]) -> Result<Self> {
        let shell = Command::new("sh")
            .arg("-c")
            // What interrupts us at a terminal comes to the shell, too.
            .arg(format!("trap '' INT TERM HUP; cat >/dev/null; {script}"))
            .arg("sh")
            .args(arguments)
            // It may outlive the directory that we are in.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the shell that ends the server after the tests")?;
        Ok(Self(shell))
    }

    /// Has it run at once, and waits until it is done.
    pub async fn now(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        self.0.wait().await.context("waiting until the server has ended")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_done_at_the_end_and_not_before() {
        let home = tempfile::tempdir().expect("a directory");
        let done = home.path().join("do ne");
        let at_end = AtEnd::run("touch \"$1\"", &[done.as_os_str()]).expect("a shell");
        assert!(!done.exists());
        at_end.now().await.expect("done");
        assert!(done.exists());
    }
}
