//! Holding, booking, moving and cancelling.
//!
//! Each of these is one commit over the appointment and every day of every resource that it touches. Who comes second finds the version
//! of a day moved, decides again on what is now true, and is refused with the slots that are open.
//!
//! Shared parts: [`attendee`] says for whom it is, [`plan`] what an offer comes to under the rules of now, [`time`] takes the time of a
//! slot and gives it back, [`change`] says why something is changed, [`view`] is what the caller learns.

mod attendee;
mod book;
mod cancel;
mod change;
mod confirm;
mod hold;
mod plan;
mod reschedule;
mod time;
mod view;

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
pub(crate) use self::plan::{OrOffer, ServiceRules, contended, handed_out, must_stand, open_instead, plan, preload_plans};
pub use self::reschedule::RescheduleAppointment;
pub(crate) use self::reschedule::move_one;
pub(crate) use self::time::{free, lapse, occupy, preload_bookings, preload_hold, take};
pub use self::view::AppointmentView;
pub(crate) use self::view::view;
