//! How customers reach a business, and what is said: its channels, calls, conversations, and the tools of an
//! assistant.

pub mod call;
pub mod channel;
pub mod channel_address;
pub mod channel_roster;
pub mod chapter;
pub mod commands;
pub mod conversation;
pub mod conversation_claim;
pub mod correspondent;
pub mod inbound;
pub mod outbound_message;
pub mod provider_message;
pub mod tools;
pub mod wrong_proofs;
