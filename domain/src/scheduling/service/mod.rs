//! What a business offers: how long it takes, what it needs, and when it may be booked. A booking guards its
//! version.

mod aggregate;
mod command;
mod error;
mod event;
pub mod naming;
mod policy;
mod terms;
#[cfg(test)]
mod tests;

pub use aggregate::{Offered, Service};
pub use command::ServiceCommand;
pub use error::ServiceError;
pub use event::{
    AVAILABLE_DAYS_REACH, Choice, Grid, GridKind, Horizon, Limit, LimitOf, Need, Period, ServiceDetails,
    ServiceEvent, WAITLIST_OFFER_MINUTES,
};
pub use policy::{Agreement, Approval, Deadline, Fee, Late, NoShowLimit, NoShowPolicy, Overlap, Policy};
pub use terms::{BadTerms, Terms};
