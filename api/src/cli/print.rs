//! What commands print: tables and records for people, JSON for programs.

use std::io::{self, Write};

use clap::Args;
use poem_openapi::types::ToJSON;
use serde_json::Value;

/// A cell with more is cut.
const CELL_CHARS_MAX: usize = 60;

#[derive(Debug, Clone, Copy, Args)]
pub struct OutputArgs {
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

impl OutputArgs {
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Prints a table of these fields, or everything as JSON. Where there is nothing, that is said.
    pub fn table(self, rows: &[impl ToJSON], columns: &[&str], nothing: &str) {
        let rows = rows.iter().filter_map(ToJSON::to_json);
        match self.json {
            true => rows.for_each(|row| println!("{row}")),
            false => print!("{}", table(&rows.collect::<Vec<_>>(), columns, nothing)),
        }
    }

    /// Prints each field on a line of its own, or everything as JSON.
    pub fn record(self, record: &impl ToJSON) {
        match record.to_json().unwrap_or_default() {
            Value::Object(fields) if !self.json => {
                let width = fields.keys().map(|name| name.chars().count()).max().unwrap_or_default();
                fields.iter().for_each(|(name, value)| println!("{name:<width$}  {}", cell(value)));
            }
            record => println!("{record}"),
        }
    }
}

/// Columns as wide as what stands in them.
fn table(rows: &[Value], columns: &[&str], nothing: &str) -> String {
    if rows.is_empty() {
        return format!("{nothing}\n");
    }
    let cells = rows.iter().map(|row| columns.iter().map(|name| clipped(&cell(&row[name]))).collect());
    let lines: Vec<Vec<String>> =
        std::iter::once(columns.iter().map(|name| name.replace('_', " ")).collect()).chain(cells).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default())
        .collect();
    lines
        .iter()
        .map(|line| {
            let padded = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
        })
        .collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// Prints something long. Whoever reads may stop before its end.
pub fn print_all(bytes: &[u8]) -> io::Result<()> {
    match io::stdout().write_all(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// What people have written may look like lines of ours.
pub fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(CELL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let rows = [
            json!({ "id": "eff_1", "due_at": "2026-11-24T15:00:00Z", "attempts": 2 }),
            json!({ "id": "eff_22", "due_at": null, "attempts": 0, "payload": {} }),
        ];
        assert_eq!(
            table(&rows, &["id", "due_at", "attempts"], "no jobs"),
            "id      due at                attempts\n\
             eff_1   2026-11-24T15:00:00Z  2\n\
             eff_22  -                     0\n"
        );
        assert_eq!(table(&[], &["id"], "no jobs"), "no jobs\n");
        let forged = table(&[json!({ "error": "a\r\nb\u{1b}[1m" })], &["error"], "");
        assert_eq!(forged, "error\na  b [1m\n");
        let long = table(&[json!({ "error": "ñ".repeat(100) })], &["error"], "");
        assert_eq!(long.lines().last().map(|line| line.chars().count()), Some(CELL_CHARS_MAX + 1));
    }
}
