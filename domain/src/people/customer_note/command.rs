use chrono::{DateTime, Utc};

use crate::kernel::ids::CustomerId;
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::values::text::Note;

#[derive(Debug, Clone, PartialEq)]
pub enum CustomerNoteCommand {
    Write { customer_id: CustomerId, text: Personal<Note>, by: Actor, now: DateTime<Utc> },
    Redact { reason: Option<Personal<Note>>, by: Actor },
}
