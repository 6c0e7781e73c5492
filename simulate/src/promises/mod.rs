//! What the servers acknowledged, and whether they kept it.
//!
//! * [`record`]: what was asked for and answered; [`journal`]: the file that keeps it while servers are
//!   killed; [`ledger`]: what was promised in a run, an appointment as it was [`promised`];
//! * [`check`]: the ledger against the REST API; [`verdict`]: what was found; [`appointment`]: an appointment
//!   as the API lists it; [`overlaps`]: those that take the same time; [`hearing`]: who may hear of which;
//! * [`verify`]: the command that checks a journal.

mod appointment;
pub mod check;
mod hearing;
pub mod journal;
pub mod ledger;
mod overlaps;
mod promised;
pub mod record;
pub mod verdict;
pub mod verify;
