//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.
//!
//! Shared parts:
//!
//! * [`attendee`]: for whom it is, and whether they may book;
//! * [`plan`](mod@plan): what an offer comes to under the rules of now;
//! * [`open_slots`](mod@open_slots): the search within a decision;
//! * [`alternatives`]: what is open instead of a time that is refused;
//! * [`time`]: taking the time of a slot, and giving it back;
//! * [`change`](mod@change): why an appointment is changed;
//! * [`view`](mod@view): what the caller learns.

mod alternatives;
mod attendee;
mod book;
mod cancel;
mod change;
mod confirm;
mod hold;
mod open_slots;
mod plan;
mod reschedule;
mod time;
mod view;

pub(crate) use self::alternatives::{OrOffer, handed_out, open_instead};
pub use self::attendee::{GivenAnswer, Who, answered};
pub(crate) use self::attendee::{admit, attendee, booker};
pub use self::book::BookAppointment;
pub(crate) use self::book::{book_one, preload_booking};
pub use self::cancel::CancelAppointment;
pub(crate) use self::cancel::cancel_one;
pub(crate) use self::change::{about_customer, change};
pub use self::confirm::ConfirmHold;
pub(crate) use self::confirm::confirm;
pub(crate) use self::hold::give_up;
pub use self::hold::{HOLD_SECONDS, HOLD_SECONDS_MAX, HoldSlot, ReleaseHold};
pub(crate) use self::open_slots::{guard, open_slots, rules_of};
pub(crate) use self::plan::{contended, must_stand, plan, preload_plans};
pub use self::reschedule::RescheduleAppointment;
pub(crate) use self::reschedule::move_one;
pub(crate) use self::time::{free, lapse, occupy, preload_bookings, preload_hold, take};
pub use self::view::AppointmentView;
pub(crate) use self::view::view;
