//! Commands, of one process and of several over one database.

mod contention;
mod customers;
mod idempotency;
mod kinds;
mod round_trips;
mod staleness;
mod work;
