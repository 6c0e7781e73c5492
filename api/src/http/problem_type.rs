//! The `type` of a problem: the address at which its kind is documented.

const BASE: &str = "/docs/problems#";

/// The type of a kind of problem, by its stable name.
pub fn of(slug: &str) -> String {
    format!("{BASE}{slug}")
}
