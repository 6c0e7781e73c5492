use chrono::{DateTime, Utc};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrongProofsCommand {
    Prove { at: DateTime<Utc>, is_wrong: bool },
}
