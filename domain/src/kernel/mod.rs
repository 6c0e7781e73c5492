//! What every aggregate and command is made with: ids, recorded events, people's data, refusals, the unit of
//! work.

pub mod chain;
pub mod decider;
pub mod ids;
pub mod metadata;
pub mod personal;
pub mod policy;
pub mod recorded;
pub mod refusal;
pub mod upcast;
pub mod work;
