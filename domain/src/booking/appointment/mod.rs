//! An appointment, from the hold that may begin it to its end. The time it takes is guarded by [`crate::scheduling::agenda_day`], in the same
//! commit; this stream guards what may happen to it and keeps what was agreed: when, by which rules, with whom.

mod aggregate;
mod command;
mod effect;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::{Appointment, Booking, FeeOwed, FeeReason, owed};
pub use command::{AppointmentCommand, Change};
pub use effect::{CustomerEffect, Effect, TimeEffect, Wait};
pub use error::AppointmentError;
pub use event::{Answered, AppliedPolicy, AppointmentEvent, Attendee, BookedSlot, OverriddenRule, Override, RuleVersions, Source};
