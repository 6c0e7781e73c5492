//! Taking webhooks in, settling those that are stuck, and issuing the addresses of calendars.

pub mod calendar_feeds;
pub mod webhooks;
