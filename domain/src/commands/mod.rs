//! What can be done, each a piece of data with its decision. The files are by topic; the name in the log is the command's own.
//!
//! A command loads what its decision rests on (a refusal rests on it, too), asks the aggregates, and records. It never leaves half of
//! itself behind: what is recorded is committed all or not at all.

pub mod api_keys;
pub mod appointments;
pub mod booking;
pub mod businesses;
pub mod calendar_feeds;
pub mod calls;
pub mod customer_merges;
pub mod customer_notes;
pub mod customers;
pub mod deliveries;
pub mod effects;
pub mod resources;
pub mod series;
pub mod services;
pub mod waitlist;

use crate::shared::refusal::{Class, Refusal};
use crate::work::{Failure, Loaded};

/// Refuses when the caller has seen an older version than the one there is. Of what is not there nothing is said: whoever looks for
/// it refuses that itself (RFC 9110, section 13.2.1: a precondition does not hide what would have been said without it).
fn unchanged<A>(loaded: &Loaded<A>, seen: Option<i64>) -> Result<(), Failure> {
    match seen {
        Some(seen) if loaded.version > 0 && seen != loaded.version => Err(Failure::Refused(Refusal::new(
            "changed-since",
            Class::Changed,
            format!("it has changed since you read it: you have version {seen}, now it is {}; read it again", loaded.version),
        ))),
        _ => Ok(()),
    }
}
