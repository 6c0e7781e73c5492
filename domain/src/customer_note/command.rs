use chrono::{DateTime, Utc};

use crate::shared::ids::CustomerId;
use crate::shared::metadata::Actor;
use crate::shared::personal::Personal;
use crate::shared::text::Note;

#[derive(Debug, Clone, PartialEq)]
pub enum CustomerNoteCommand {
    Write { customer_id: CustomerId, text: Personal<Note>, by: Actor, now: DateTime<Utc> },
    Redact { reason: Option<Personal<Note>>, by: Actor },
}
