//! What commands print.

use poem_openapi::types::ToJSON;

/// One JSON object a line.
pub fn print_json(value: &impl ToJSON) {
    println!("{}", value.to_json().unwrap_or_default());
}
