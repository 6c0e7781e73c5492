//! Receiving webhooks, retrying and skipping them, and issuing the addresses of calendars.

pub mod calendar_feeds;
pub mod webhooks;
