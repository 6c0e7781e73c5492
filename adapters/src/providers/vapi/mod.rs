//! Vapi, the voice platform (<https://docs.vapi.ai/server-url/events>).
//!
//! * [`wire`]: its messages, in all the shapes that it sends them in, and what makes two deliveries the same one;
//! * [`webhook`]: the proof that a message is from it;
//! * [`redact`]: what is taken out of a message before it is stored;
//! * [`reply`]: what we answer, and the tools to paste into the platform.

pub mod redact;
pub mod reply;
pub mod webhook;
pub mod wire;

/// Its name in the log.
pub const NAME: &str = "vapi";
