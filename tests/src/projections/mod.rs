//! Read models over the log.

mod agenda;
mod customers;
mod editions;
mod group;
mod parked;
mod runner;
