//! What other systems send and fetch: webhooks, and calendars.

pub mod calendar_feed;
pub mod commands;
pub mod webhook;
