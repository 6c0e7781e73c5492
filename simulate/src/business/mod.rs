//! The simulated business.
//!
//! * [`catalog`]: registers resources and services; [`slots`]: asks for open slots;
//! * [`scene`]: everything that the callers of a run need, and what goes when the run is over.

pub mod catalog;
pub mod scene;
pub mod slots;
