//! Redocly and Spectral over openapi.json, with their recommended rules. What is switched off stands in
//! redocly.yaml and .spectral.yaml, with the reason.
//!
//! They are programs for Node.js, which nobody needs to work here: without `npx` they are left out.

use std::process::Command;

use anyhow::Result;

use crate::{process, workspace};

const LINTERS: &[&[&str]] = &[
    &["@redocly/cli@2.77.0", "lint", "openapi.json"],
    &["@stoplight/spectral-cli@6.16.3", "lint", "--fail-severity", "hint", "openapi.json"],
];

pub fn check() -> Result<()> {
    let Some(npx) = frontdesk_provision::on_path("npx") else {
        println!("    left out: there is no npx");
        return Ok(());
    };
    for linter in LINTERS {
        process::run(Command::new(&npx).arg("--yes").args(*linter).current_dir(workspace::root()))?;
    }
    Ok(())
}
