use chrono::{DateTime, Utc};

use super::event::ConsentChange;

#[derive(Debug, Clone, PartialEq)]
pub enum ConsentCommand {
    Grant { change: ConsentChange, now: DateTime<Utc> },
    Withdraw { change: ConsentChange, now: DateTime<Utc> },
}
