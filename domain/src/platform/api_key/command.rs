use chrono::{DateTime, Utc};

use super::event::Issue;

#[derive(Debug, Clone, PartialEq)]
pub enum ApiKeyCommand {
    Issue { issue: Issue, now: DateTime<Utc> },
    Revoke,
}
