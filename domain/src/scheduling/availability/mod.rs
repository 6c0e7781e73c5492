//! When something can be booked: a pure function of rules, of what is booked, and of now.
//!
//! * [`rules`]: what a booking is decided by, as the aggregates hold it and as read models keep it;
//! * [`grid`]: where appointments start;
//! * [`search`](search()): the slots that are open;
//! * [`violations`](violations()): which rules one slot breaks, for the decision to book it;
//! * [`booked`]: what is booked, gathered for a search;
//! * [`offer`]: a slot as it is handed out and comes back;

pub mod booked;
pub mod grid;
pub mod offer;
pub mod rules;

#[cfg(test)]
mod conformance;
mod search;
#[cfg(test)]
mod tests;

pub use search::{Agenda, Query, Search, Slot, Terms, Use, Violation, assign, search, violations};
