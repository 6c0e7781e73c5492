//! What the servers acknowledged, and whether they kept it.
//!
//! * [`ledger`]: what was promised in a run; [`journal`]: the file that keeps it while servers are killed;
//! * [`check`]: the ledger against the REST API; [`overlaps`]: appointments that take the same time;
//! * [`verify`]: the command that checks a journal.

pub mod check;
pub mod journal;
pub mod ledger;
mod overlaps;
pub mod verify;
