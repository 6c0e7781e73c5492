//! What happens in calls.

pub mod calls;
