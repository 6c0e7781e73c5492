//! Running other programs.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program that writes to our terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("running {}", shown(command)))?;
    if status.success() {
        return Ok(());
    }
    bail!("{} failed ({status})", shown(command))
}

/// What a program writes to its standard output; its errors go to our terminal.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("running {}", shown(command)))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    bail!("{} failed ({})", shown(command), output.status)
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words: Vec<_> =
        std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}
