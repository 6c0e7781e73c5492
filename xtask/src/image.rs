//! The Dockerfile names the members of the workspace one by one, so that its layer of dependencies lasts until
//! a manifest changes. Here it is held against what cargo says.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace;

/// The members that are no part of the executable.
const BESIDE: &[&str] = &["provision", "tests", "xtask"];

pub fn check() -> Result<()> {
    let dockerfile =
        fs::read_to_string(workspace::root().join("Dockerfile")).context("reading Dockerfile")?;
    let missing = missing(&dockerfile, &workspace::metadata()?, workspace::root());
    if missing.is_empty() {
        return Ok(());
    }
    bail!("the Dockerfile lacks:\n{}", missing.join("\n"))
}

/// What the Dockerfile has to say of the workspace and does not.
fn missing(dockerfile: &str, metadata: &Value, root: &Path) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let relative = |path: &Value| {
        let path = Path::new(path.as_str().unwrap_or_default());
        path.strip_prefix(root).unwrap_or(path).display().to_string()
    };
    let mut wanted = Vec::new();
    for package in list(&metadata["packages"]) {
        let manifest = relative(&package["manifest_path"]);
        let folder = manifest.trim_end_matches("/Cargo.toml");
        wanted.push(format!("COPY {manifest} {folder}/"));
        if !BESIDE.contains(&folder) {
            wanted.push(format!("COPY {folder} {folder}"));
        }
        let is_stubbed =
            |target: &Value| list(&target["kind"]).iter().any(|kind| kind == "bench" || kind == "bin");
        wanted.extend(
            list(&package["targets"])
                .iter()
                .filter(|target| is_stubbed(target))
                .map(|target| relative(&target["src_path"])),
        );
    }
    let words: Vec<&str> = dockerfile.split([' ', '\n', ';']).collect();
    let is_there = |wanted: &String| match wanted.strip_prefix("COPY ") {
        Some(_) => dockerfile.lines().any(|line| line == wanted),
        None => words.contains(&wanted.as_str()),
    };
    wanted.retain(|wanted| !is_there(wanted));
    wanted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_a_bench_or_sources_that_are_not_copied_are_named() {
        let target = |kind: &str, path: &str| json!({ "kind": [kind], "src_path": path });
        let targets = [
            target("lib", "/w/core/src/lib.rs"),
            target("bench", "/w/core/benches/a.rs"),
            target("bench", "/w/core/benches/b.rs"),
        ];
        let core = json!({ "manifest_path": "/w/core/Cargo.toml", "targets": targets });
        let tests = json!({ "manifest_path": "/w/tests/Cargo.toml", "targets": [] });
        let metadata = json!({ "packages": [core, tests] });
        let dockerfile = "COPY core/Cargo.toml core/\nRUN for main in core/benches/a.rs; do\n";
        assert_eq!(
            missing(dockerfile, &metadata, Path::new("/w")),
            ["COPY core core", "core/benches/b.rs", "COPY tests/Cargo.toml tests/"]
        );
    }
}
