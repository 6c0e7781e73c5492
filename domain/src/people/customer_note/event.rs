use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::CustomerId;
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::values::text::Note;

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum CustomerNoteEvent {
    NoteWritten { customer_id: CustomerId, text: Personal<Note>, by: Actor, at: DateTime<Utc> },
    NoteRedacted { reason: Option<Personal<Note>>, by: Actor },
}

crate::domain_event!(CustomerNoteEvent);
