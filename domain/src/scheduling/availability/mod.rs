//! When something can be booked: a pure function of rules, of what is booked, and of now.
//!
//! * [`rules`]: what a booking is decided by, as the aggregates hold it and as read models keep it;
//! * [`query`]: what is asked for, and the slots that are the answer;
//! * [`search`](search()): the slots that are open, found day by day;
//! * [`pool`]: who may fill the needs of the service, and when;
//! * [`grid`]: where appointments start;
//! * [`assignment`]: which resources an appointment gets;
//! * [`violations`](violations()): which rules one slot breaks, for the decision to book it;
//! * [`agenda`]: what a search has to know of what is booked;
//! * [`booked`]: the same, gathered by UTC day;
//! * [`offer`]: a slot as it is handed out and comes back.

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

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;

pub use crate::scheduling::service::Terms;
pub use agenda::{Agenda, Use};
pub use assignment::assign;
pub use query::{Query, Slot};
pub use search::{Search, search};
pub use violations::{Violation, violations};
