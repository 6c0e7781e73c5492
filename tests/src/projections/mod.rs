//! Read models over the log.

mod agenda;
mod customers;
mod group;
mod parked;
mod runner;
