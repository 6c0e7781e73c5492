use serde::{Deserialize, Serialize};

use super::command::CalendarFeedCommand;
use super::error::CalendarFeedError;
use super::event::{CalendarFeedEvent, FeedIssue};
use crate::kernel::ids::CalendarFeedId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarFeed {
    #[default]
    Unknown,
    Issued(FeedIssue),
    Revoked,
}

impl CalendarFeed {
    pub fn decide(&self, command: CalendarFeedCommand) -> Result<Vec<CalendarFeedEvent>, CalendarFeedError> {
        match (self, command) {
            (_, CalendarFeedCommand::Issue { issue }) => {
                Ok(vec![CalendarFeedEvent::CalendarFeedIssued { issue }])
            }
            (Self::Unknown, CalendarFeedCommand::Revoke) => Err(CalendarFeedError::NotFound),
            (Self::Issued(_), CalendarFeedCommand::Revoke) => {
                Ok(vec![CalendarFeedEvent::CalendarFeedRevoked {}])
            }
            (Self::Revoked, CalendarFeedCommand::Revoke) => Ok(vec![]),
        }
    }

    pub fn evolve(&mut self, event: CalendarFeedEvent) {
        *self = match event {
            CalendarFeedEvent::CalendarFeedIssued { issue } => Self::Issued(issue),
            CalendarFeedEvent::CalendarFeedRevoked {} => Self::Revoked,
        };
    }
}

crate::aggregate!(
    CalendarFeed,
    "calendar_feed",
    CalendarFeedId,
    CalendarFeedCommand,
    CalendarFeedEvent,
    CalendarFeedError
);
