//! The calendar of a resource at a secret address, for calendar programs that send no key. Anybody who knows
//! the address can read it, so it can be replaced and revoked. The log keeps a keyed hash of the secret.

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
