use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::ids::CustomerId;
use crate::shared::metadata::Actor;
use crate::shared::personal::Personal;
use crate::shared::text::Note;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(tag = "type")]
pub enum CustomerNoteEvent {
    NoteWritten { customer_id: CustomerId, text: Personal<Note>, by: Actor, at: DateTime<Utc> },
    NoteRedacted { reason: Option<Personal<Note>>, by: Actor },
}

crate::domain_event!(CustomerNoteEvent);
