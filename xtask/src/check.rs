//! Files that are generated and kept in the repository: written on demand, compared in CI.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Generated files by their paths in the workspace.
pub struct Generated {
    pub files: BTreeMap<PathBuf, String>,
    /// A directory whose JSON files are all generated: others are left over.
    pub directory: Option<PathBuf>,
}

impl Generated {
    /// Writes what differs, and removes what is left over.
    pub fn write(&self) -> Result<()> {
        let drift = self.drift()?;
        for path in &drift {
            let absolute = workspace::root().join(path);
            match self.files.get(path) {
                Some(text) => {
                    let parent = absolute.parent().unwrap_or(workspace::root());
                    fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
                    fs::write(&absolute, text).with_context(|| format!("writing {}", path.display()))?;
                    println!("written: {}", path.display());
                }
                None => {
                    fs::remove_file(&absolute).with_context(|| format!("removing {}", path.display()))?;
                    println!("removed: {}", path.display());
                }
            }
        }
        if drift.is_empty() {
            println!("nothing has changed");
        }
        Ok(())
    }

    /// Refuses files that are not as they would be written.
    pub fn compare(&self) -> Result<()> {
        let drift = self.drift()?;
        if drift.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = drift.iter().map(|path| path.display().to_string()).collect();
        bail!("out of date: {}", names.join(", "))
    }

    fn drift(&self) -> Result<Vec<PathBuf>> {
        let mut drift = Vec::new();
        for (path, text) in &self.files {
            match fs::read_to_string(workspace::root().join(path)) {
                Ok(found) if found == *text => {}
                Ok(_) => drift.push(path.clone()),
                Err(error) if error.kind() == ErrorKind::NotFound => drift.push(path.clone()),
                Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
            }
        }
        drift.extend(
            self.directory
                .as_deref()
                .map(|directory| self.left_over(directory))
                .transpose()?
                .unwrap_or_default(),
        );
        Ok(drift)
    }

    fn left_over(&self, directory: &Path) -> Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(workspace::root().join(directory)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("listing {}", directory.display())),
        };
        let mut left_over = Vec::new();
        for entry in entries {
            let path = directory
                .join(entry.with_context(|| format!("listing {}", directory.display()))?.file_name());
            if path.extension() == Some(OsStr::new("json")) && !self.files.contains_key(&path) {
                left_over.push(path);
            }
        }
        Ok(left_over)
    }
}

/// JSON as it is kept in the repository: indented, and ended by a line break.
pub fn pretty(value: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value).context("writing JSON")? + "\n")
}
