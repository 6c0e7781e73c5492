//! The API's document, as the executable prints it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::check::Generated;
use crate::{process, workspace};

const FILE: &str = "openapi.json";

pub fn generated() -> Result<Generated> {
    let document =
        process::output(Command::new(executable()?).arg("openapi").current_dir(workspace::root()))?;
    let text = String::from_utf8(document).context("reading what `frontdesk openapi` prints")?;
    let text = text.trim_end().to_owned() + "\n";
    Ok(Generated { files: BTreeMap::from([(PathBuf::from(FILE), text)]), directory: None })
}

/// Builds `frontdesk`. Together with the tests, because then its dependencies have the features that `cargo
/// test --workspace` builds them with, and most of them are not built a second time.
fn executable() -> Result<PathBuf> {
    let messages = process::output(workspace::cargo().args([
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--tests",
        "--message-format=json-render-diagnostics",
    ]))?;
    let executable = messages.split(|byte| *byte == b'\n').find_map(|line| {
        let message: Value = serde_json::from_slice(line).ok()?;
        let is_ours = message["target"]["name"] == "frontdesk"
            && message["target"]["kind"][0] == "bin"
            && message["profile"]["test"] == false;
        is_ours.then(|| message["executable"].as_str().map(PathBuf::from))?
    });
    executable.context("cargo built no executable named frontdesk")
}
