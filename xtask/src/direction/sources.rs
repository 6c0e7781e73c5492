//! The source files of the members.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace;

/// The text of source files, by their paths in the workspace.
pub type Sources = BTreeMap<PathBuf, String>;

pub struct Member {
    /// The files that its library and its executables start with.
    pub roots: Vec<PathBuf>,
    /// Everything below its `src`.
    pub sources: Sources,
}

/// The members that `cargo metadata` lists.
pub fn members(metadata: &Value) -> Result<Vec<Member>> {
    metadata["packages"].as_array().into_iter().flatten().map(member).collect()
}

fn member(package: &Value) -> Result<Member> {
    let manifest = package["manifest_path"].as_str().context("cargo metadata gives a member no manifest")?;
    let src = relative(&Path::new(manifest).with_file_name("src"))?;
    let mut roots = Vec::new();
    for target in package["targets"].as_array().into_iter().flatten() {
        let root = target["src_path"].as_str().context("cargo metadata gives a target no file")?;
        roots.push(relative(Path::new(root))?);
    }
    // Tests and benches stand beside `src`, and each is a crate of its own.
    roots.retain(|root| root.starts_with(&src));
    let mut sources = Sources::new();
    read(&src, &mut sources)?;
    Ok(Member { roots, sources })
}

fn relative(path: &Path) -> Result<PathBuf> {
    let inside = path.strip_prefix(workspace::root());
    Ok(inside.with_context(|| format!("{} is not in the workspace", path.display()))?.to_owned())
}

fn read(directory: &Path, sources: &mut Sources) -> Result<()> {
    let absolute = workspace::root().join(directory);
    let entries = fs::read_dir(&absolute).with_context(|| format!("reading {}", directory.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", directory.display()))?;
        let path = directory.join(entry.file_name());
        if entry.path().is_dir() {
            read(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(entry.path());
            let text = text.with_context(|| format!("reading {}", path.display()))?;
            sources.insert(path, text);
        }
    }
    Ok(())
}
