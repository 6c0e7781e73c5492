//! The calendar of a resource at a secret address, for calendar programs, which can send no key. Whoever knows the address reads it, so it
//! can be issued anew and revoked; the log keeps the secret's keyed hash.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::CalendarFeed;
pub use command::CalendarFeedCommand;
pub use error::CalendarFeedError;
pub use event::{CalendarFeedEvent, FeedIssue};
