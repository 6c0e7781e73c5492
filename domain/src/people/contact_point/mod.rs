//! The claim of a customer on a phone number, a WhatsApp user id or an email address. Its stream is named by
//! the address, hashed with a secret. Two processes that find or create the same caller at the same instant
//! conflict here, and one of them finds the customer that the other has created.

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
