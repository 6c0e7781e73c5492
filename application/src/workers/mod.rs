//! What goes on in the background: the readers of the log, and the jobs.

pub mod editions;
pub mod follower;
pub mod jobs;
pub mod log_source;
pub mod policies;
pub mod readers;
