//! How customers reach a business: its channels, calls, and the tools of an assistant.

pub mod call;
pub mod channel;
pub mod channel_address;
pub mod channel_roster;
pub mod commands;
pub mod inbound;
pub mod tools;
pub mod wrong_proofs;
