//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. The
//! second of two commits finds a version moved and is decided again. It is refused then, with the slots that
//! are open.
//!
//! Shared parts:
//!
//! * [`attendee`](mod@attendee): the customer, and whether they may book;
//! * [`plan`](mod@plan): an offer under the rules of now;
//! * [`own`]: the customer's own appointments at that time;
//! * [`open_slots`](mod@open_slots): the search within a decision;
//! * [`alternatives`]: what is open instead of a time that is refused;
//! * [`time`]: taking the time of a slot, and giving it back;
//! * [`change`](mod@change): the reasons of a change;
//! * [`view`](mod@view): the appointment as the caller sees it.

mod alternatives;
mod attendee;
mod book;
mod cancel;
mod change;
mod confirm;
mod hold;
mod open_slots;
mod own;
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
pub(crate) use self::open_slots::{guard_limits, open_slots, rules_of};
pub(crate) use self::own::Own;
pub(crate) use self::plan::{Leeway, contended, must_stand, plan, preload_plans};
pub use self::reschedule::RescheduleAppointment;
pub(crate) use self::reschedule::move_one;
pub(crate) use self::time::{free, lapse, occupy, preload_bookings, preload_hold, take};
pub use self::view::AppointmentView;
pub(crate) use self::view::view;
