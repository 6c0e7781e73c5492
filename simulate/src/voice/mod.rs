//! The voice platform's side of the wire.
//!
//! * [`session`]: what happens in one call: tool calls and news of the call, both of them repeated at times;
//! * [`message`]: the webhooks as the platform writes them; [`reply`]: the answers as it reads them;
//! * [`platform`]: signs webhooks, and delivers them to the servers.

pub mod message;
pub mod platform;
pub mod reply;
pub mod session;
