//! Frontdesk's decisions. Pure: nothing here does I/O, reads a clock or draws a random number.
//!
//! The rooms below stand on each other in this order: a room uses its own modules and those of the rooms
//! above it in this list, never the other way round. `cargo xtask direction` holds them to it.

pub mod values;

pub mod kernel;

pub mod languages;

pub mod scheduling;

pub mod people;

pub mod booking;

pub mod integrations;

pub mod conversations;

pub mod platform;

#[cfg(test)]
mod clear_text;
pub mod command_registry;
pub mod registry;
