//! Where the workspace is, and how its cargo is called.

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
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // The outer cargo describes this program by these; some build scripts watch them, and would build their crates anew for it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let describes_us =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|prefix| text.starts_with(prefix));
        if describes_us {
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
