//! The last lines of a run, on stdout.

use std::fmt::Display;

use serde::Serialize;

/// Prints a summary as one line of JSON, or for people.
pub fn print(summary: &(impl Serialize + Display), json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(summary)?);
    } else {
        println!("{summary}");
    }
    Ok(())
}
