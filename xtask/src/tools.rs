//! Cargo's plugins that the checks need, in pinned versions. What is not on the PATH in that version is built
//! below `target/`, so that nobody's own installation changes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{process, workspace};

pub struct Tool {
    /// The plugin's crate and executable.
    name: &'static str,
    subcommand: &'static str,
    version: &'static str,
}

pub const DENY: Tool = Tool { name: "cargo-deny", subcommand: "deny", version: "0.20.2" };
pub const MACHETE: Tool = Tool { name: "cargo-machete", subcommand: "machete", version: "0.9.2" };

impl Tool {
    /// The tool, in the workspace's root, installed if it has to be.
    pub fn command(&self, scratch: &Path) -> Result<Command> {
        let installed = scratch.join("tools/bin").join(self.name);
        let program = match frontdesk_provision::on_path(self.name).filter(|program| self.is(program)) {
            Some(program) => program,
            None if self.is(&installed) => installed,
            None => self.install(scratch, installed)?,
        };
        Ok(self.plugin(&program))
    }

    /// As cargo calls it: with the subcommand first.
    fn plugin(&self, program: &Path) -> Command {
        let mut command = workspace::plugin(program);
        command.arg(self.subcommand);
        command
    }

    /// Whether this executable is the tool in its pinned version.
    fn is(&self, program: &Path) -> bool {
        let said = self.plugin(program).arg("--version").output();
        said.is_ok_and(|said| {
            String::from_utf8_lossy(&said.stdout).split_whitespace().any(|word| word == self.version)
        })
    }

    /// Without optimisation: the checks take seconds either way, and building takes half as long.
    fn install(&self, scratch: &Path, installed: PathBuf) -> Result<PathBuf> {
        println!("    installing {} {} (once; takes a minute or two)", self.name, self.version);
        let mut cargo = workspace::cargo();
        cargo.args(["install", "--quiet", "--locked", "--debug", "--version", self.version, self.name]);
        cargo.arg("--root").arg(scratch.join("tools")).arg("--target-dir").arg(scratch.join("tools-build"));
        process::run(cargo.env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
        Ok(installed)
    }
}
