//! Frontdesk's decisions. Pure: nothing here does I/O, reads a clock or draws a random number.

pub mod shared;
