//! Read models over the log.

mod agenda;
mod runner;
