use chrono::{DateTime, Utc};

use super::event::{Attendee, BookedSlot, Override, Source};
use crate::kernel::ids::SeriesId;
use crate::kernel::metadata::Actor;
use crate::kernel::personal::Personal;
use crate::values::text::Note;

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
    /// A hold was not confirmed in time.
    Lapse {
        now: DateTime<Utc>,
    },
    /// Books without a hold. If the service needs approval, the booking is a request.
    Book {
        slot: BookedSlot,
        attendee: Attendee,
        source: Source,
        by: Actor,
        overridden: Option<Override>,
        series_id: Option<SeriesId>,
        now: DateTime<Utc>,
    },
    /// Books the slot of a hold.
    Confirm {
        attendee: Attendee,
        source: Source,
        by: Actor,
        now: DateTime<Utc>,
    },
    Approve {
        by: Actor,
        now: DateTime<Utc>,
    },
    Decline {
        reason: Option<Personal<Note>>,
        by: Actor,
    },
    /// A request got no decision in time.
    Expire {
        now: DateTime<Utc>,
    },
    Reschedule {
        to: BookedSlot,
        change: Change,
        by: Actor,
        now: DateTime<Utc>,
    },
    Cancel {
        change: Change,
        by: Actor,
        now: DateTime<Utc>,
    },
    CheckIn {
        by: Actor,
        now: DateTime<Utc>,
    },
    Complete {
        by: Actor,
        now: DateTime<Utc>,
    },
    RecordNoShow {
        change: Change,
        by: Actor,
        now: DateTime<Utc>,
    },
}

/// How somebody wants to change what was agreed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    pub reason: Option<Personal<Note>>,
    /// The caller agrees to the fee.
    pub accepts_fee: bool,
    /// The business sets its policy aside: no deadline, no fee.
    pub override_reason: Option<Personal<Note>>,
}
