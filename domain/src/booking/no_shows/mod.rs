//! Which appointments a customer has missed. A service may book nobody who has missed too many: the bookings of such a service read this
//! stream, and expect its version.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::Attendance;
pub use command::AttendanceCommand;
pub use error::AttendanceError;
pub use event::AttendanceEvent;
