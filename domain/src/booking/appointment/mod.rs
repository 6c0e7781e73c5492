//! An appointment, from its hold or booking to its end. [`crate::scheduling::agenda_day`] guards its time, in
//! the same commit. This stream guards its lifecycle and keeps the agreement: when, by which rules, with
//! whom.

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
pub use event::{
    Answered, AppliedPolicy, AppointmentEvent, Attendee, BookedSlot, OverriddenRule, Override, RuleVersions,
    Source,
};
