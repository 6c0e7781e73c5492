use chrono::NaiveDate;

use super::event::BusinessProfile;
use crate::kernel::ids::ChannelId;
use crate::values::hours::{DayHours, Hours};
use crate::values::text::Note;

#[derive(Debug, Clone, PartialEq)]
pub enum BusinessCommand {
    Register {
        profile: BusinessProfile,
        hours: Hours,
    },
    ChangeProfile {
        profile: BusinessProfile,
    },
    ChangeHours {
        hours: Hours,
    },
    SetDateOverride {
        date: NaiveDate,
        hours: DayHours,
        reason: Option<Note>,
    },
    RemoveDateOverride {
        date: NaiveDate,
    },
    /// Of a channel from before channels had streams of their own.
    RemoveChannel {
        channel_id: ChannelId,
    },
}
