//! The tools of an assistant, their answers, and how these are spoken.

pub mod answers;
pub mod arguments;
pub mod catalogue;
pub mod disclosure;
pub mod opening;
pub mod services;
pub mod speech;
