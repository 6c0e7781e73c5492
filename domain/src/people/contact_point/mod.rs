//! The claim of a customer on a phone number, WhatsApp user id or email address. Its stream is named by the address itself (hashed with a
//! secret), so two processes that find-or-create the same caller at the same instant meet here, and one of them finds what the other has
//! created.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::ContactPoint;
pub use command::ContactPointCommand;
pub use error::ContactPointError;
pub use event::ContactPointEvent;
