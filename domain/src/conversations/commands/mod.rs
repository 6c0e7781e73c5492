//! What happens to channels and in calls.

pub mod calls;
pub mod channels;
