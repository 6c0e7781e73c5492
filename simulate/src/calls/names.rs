//! What callers are called.

pub const FIRST_NAMES: &[&str] =
    &["Ada", "Grace", "Linus", "Mary", "Alan", "Barbara", "Edsger", "Katherine", "Dennis", "Radia"];
pub const LAST_NAMES: &[&str] =
    &["Moreno", "Okafor", "Lindgren", "Tanaka", "Novak", "Silva", "Dubois", "Haddad", "Olsen", "Kaur"];
/// Nobody has this name.
pub const STRANGER: &str = "Chris Stranger";
