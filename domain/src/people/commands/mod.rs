//! Finding, registering, changing and merging customers.

pub mod customer_merges;
pub mod customer_notes;
pub mod customers;
