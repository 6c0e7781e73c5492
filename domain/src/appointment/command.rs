use chrono::{DateTime, Utc};

use super::event::{Attendee, BookedSlot, Source};
use crate::shared::ids::SeriesId;
use crate::shared::metadata::Actor;
use crate::shared::personal::Personal;
use crate::shared::text::Note;

#[derive(Debug, Clone, PartialEq)]
pub enum AppointmentCommand {
    Hold {
        slot: BookedSlot,
        expires_at: DateTime<Utc>,
        source: Source,
        by: Actor,
    },
    Release {
        by: Actor,
    },
    /// Of a hold that nobody has confirmed in time.
    Lapse {
        now: DateTime<Utc>,
    },
    /// Of a slot, without a hold.
    Book {
        slot: BookedSlot,
        attendee: Attendee,
        source: Source,
        series_id: Option<SeriesId>,
        by: Actor,
    },
    /// Of the slot that is held.
    Confirm {
        attendee: Attendee,
        source: Source,
        by: Actor,
        now: DateTime<Utc>,
    },
    Reschedule {
        to: BookedSlot,
        reason: Option<Personal<Note>>,
        by: Actor,
        now: DateTime<Utc>,
    },
    Cancel {
        reason: Option<Personal<Note>>,
        by: Actor,
        now: DateTime<Utc>,
    },
}
