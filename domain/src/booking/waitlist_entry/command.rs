use chrono::{DateTime, Utc};

use super::event::{Joined, TimeOffer};
use crate::kernel::ids::AppointmentId;
use crate::kernel::metadata::Actor;

#[derive(Debug, Clone, PartialEq)]
pub enum WaitlistEntryCommand {
    Join {
        joined: Joined,
        by: Actor,
    },
    Offer {
        offer: TimeOffer,
    },
    Accept {
        by: Actor,
    },
    Decline {
        by: Actor,
    },
    /// The offer with this hold was not answered in time.
    Lapse {
        hold_id: AppointmentId,
    },
    Leave {
        by: Actor,
    },
    /// If its dates have passed.
    Expire {
        now: DateTime<Utc>,
    },
}
