//! Where the workspace is, and how its cargo is called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

/// The directory of the workspace's Cargo.toml.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Cargo, in the workspace's root.
pub fn cargo() -> Command {
    inside(Command::new(cargo_program()))
}

/// A plugin of cargo's, in the workspace's root.
pub fn plugin(program: &Path) -> Command {
    let mut command = inside(Command::new(program));
    command.env("CARGO", cargo_program());
    command
}

fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The outer cargo describes this program by some variables. They are not for others: build scripts that
/// watch them would build their crates anew, and plugins tell by them whether cargo has called.
fn inside(mut command: Command) -> Command {
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        {
            command.env_remove(&name);
        }
    }
    command
}

/// What cargo says about the members of the workspace.
pub fn metadata() -> Result<Value> {
    let output = crate::process::output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    serde_json::from_slice(&output).context("reading what cargo metadata says")
}

/// Where this program keeps what it makes for itself.
pub fn scratch(metadata: &Value) -> Result<PathBuf> {
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(Path::new(target).join("xtask"))
}
