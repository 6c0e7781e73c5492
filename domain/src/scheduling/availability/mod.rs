//! When something can be booked: a pure function of rules, of what is booked, and of now.
//!
//! * [`rules`]: the rules of a service, its business and its resources;
//! * [`query`]: the query of a search, and the slots that it finds;
//! * [`search`](search()): the open slots, day by day;
//! * [`pool`]: the resources for each need, and when they are free;
//! * [`grid`]: the starts of appointments;
//! * [`assignment`]: the resources of an appointment;
//! * [`violations`](violations()): the rules that a slot breaks;
//! * [`why`](why_none()): why a search has found nothing;
//! * [`agenda`]: what a search reads of the bookings;
//! * [`booked`]: the same, gathered by UTC day;
//! * [`offer`]: a slot as it is offered, with its token.

mod agenda;
mod assignment;
pub mod booked;
pub mod grid;
pub mod offer;
mod pool;
mod query;
pub mod rules;
mod search;
mod violations;
mod why;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;

pub use crate::scheduling::service::Terms;
pub use agenda::{Agenda, Use};
pub use assignment::assign;
pub use query::{Query, Slot};
pub use search::{Search, search};
pub use violations::{HeldTo, Violation, violations};
pub use why::{WhyNone, is_offered, why_none};
