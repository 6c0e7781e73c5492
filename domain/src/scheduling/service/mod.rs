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
pub use error::{
    APPROVAL_MINUTES_MAX, BUFFER_MINUTES_MAX, COMPLETION_MINUTES_MAX, DURATION_MINUTES_MAX, HORIZON_DAYS_MAX,
    LIMIT_MAX, NO_SHOW_DAYS_MAX, NO_SHOWS_MAX, NOTICE_MINUTES_MAX, SEATS_MAX, ServiceError, WEIGHT_MAX,
};
pub use event::{
    AVAILABLE_DAYS_REACH, Choice, Grid, GridKind, Horizon, Limit, LimitOf, Need, Period, ServiceDetails,
    ServiceEvent, WAITLIST_OFFER_MINUTES,
};
pub use policy::{Agreement, Approval, Deadline, Fee, Late, NoShowLimit, NoShowPolicy, Overlap, Policy};
pub use terms::{BadTerms, Terms};
