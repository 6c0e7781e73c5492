//! Commands, of one process and of several over one database.

mod contention;
mod customers;
mod idempotency;
mod kinds;
mod series;
mod staleness;
mod work;
