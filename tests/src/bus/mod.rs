//! Commands, of one process and of several over one database.

mod ahead;
mod channels;
mod conformance;
mod contention;
mod customers;
mod histories;
mod idempotency;
mod kinds;
mod round_trips;
mod rule_change;
mod series;
mod staleness;
mod work;
