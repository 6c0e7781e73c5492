//! Issuing API keys, performing and discarding jobs.

pub mod api_keys;
pub mod jobs;
