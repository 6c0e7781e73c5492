//! The policies about bookings. Each file has one policy and its job.

pub mod completion;
pub mod hold_expiry;
pub mod request_expiry;
#[cfg(test)]
mod testing;
pub mod waitlist_expiry;
pub mod waitlist_offers;

use self::completion::Completion;
use self::hold_expiry::HoldExpiry;
use self::request_expiry::RequestExpiry;
use self::waitlist_expiry::WaitlistExpiry;
use self::waitlist_offers::WaitlistOffers;
use crate::kernel::policy::Policies;

/// Every policy of this room.
pub fn register(policies: &mut impl Policies) {
    policies.policy::<Completion>();
    policies.policy::<HoldExpiry>();
    policies.policy::<RequestExpiry>();
    policies.policy::<WaitlistExpiry>();
    policies.policy::<WaitlistOffers>();
}
