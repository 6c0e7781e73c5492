//! What follows from bookings when nobody asks for it: one file for each policy, with the job that it leads to.

pub mod completion;
pub mod hold_expiry;
pub mod request_expiry;
#[cfg(test)]
mod testing;
pub mod waitlist_expiry;
pub mod waitlist_offers;
