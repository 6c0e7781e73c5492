//! What businesses say about themselves.

pub mod businesses;
pub mod resources;
pub mod services;
