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
    /// Of the offer with this hold, if it is still to be answered.
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
