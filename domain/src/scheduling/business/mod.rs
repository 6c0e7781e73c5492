//! A business: the tenant. Its profile, zone and hours are rules of every booking, so a booking guards its
//! version. What changes often, or is no concern of a booking, does not belong here.
//!
//! Channels once did. Those that were added then still stand here, and can be removed: see
//! [`crate::conversations::channel`].

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Business, Registered};
pub use command::BusinessCommand;
pub use error::BusinessError;
pub use event::{BusinessEvent, BusinessProfile, CallerProof, LegacyChannel, Proof};
