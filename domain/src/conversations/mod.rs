//! How customers reach a business: its channels, calls, and the tools of an assistant.

pub mod call;
pub mod channel_address;
pub mod commands;
pub mod tools;
