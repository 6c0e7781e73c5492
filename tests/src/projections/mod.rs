//! Read models over the log.

mod agenda;
mod customers;
mod parked;
mod runner;
