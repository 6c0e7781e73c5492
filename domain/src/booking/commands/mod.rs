//! The commands about appointments, series and the waitlist.

pub mod booking;
pub mod lifecycle;
pub mod series;
pub mod waitlist;
