//! The customers of a business, their addresses, and the notes about them.

pub mod commands;
pub mod consent;
pub mod contact_address;
pub mod contact_point;
pub mod customer;
pub mod customer_note;
pub mod names;
