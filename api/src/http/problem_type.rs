//! The `type` of a problem: the address at which its kind is documented.

const BASE: &str = "/docs/problems#";

/// The type of a kind of problem, by its stable name.
pub fn of(slug: &str) -> String {
    format!("{BASE}{slug}")
}

/// The stable name in a type.
pub fn slug(problem_type: &str) -> &str {
    problem_type.strip_prefix(BASE).unwrap_or(problem_type)
}
