//! The product without HTTP and without a command line.
//!
//! * [`app`]: what every part of a running process shares; [`process`]: from its parts to a running process,
//!   and back;
//! * [`access`]: API keys, and who they stand for;
//! * [`reads`]: the read cache, open slots, reading one's own writes, the history of an appointment;
//! * [`tools`]: what an assistant's tool call comes down to;
//! * [`inbound`]: what comes in, whichever provider it is from: taken in, answered, translated;
//! * [`workers`]: what reads the log in the background, and the jobs;
//! * [`calendar`]: appointments for calendar programs;
//! * [`demo`]: a business to try it all with.

// Parts of an executable: nobody prints them.
#![allow(missing_debug_implementations)]

/// Which build this is, by its sources. What another one keeps, shares or could not take is told apart by it.
pub(crate) const BUILD: &str = env!("FRONTDESK_FORM");

pub mod access;
pub mod app;
pub mod calendar;
pub mod demo;
pub mod inbound;
pub mod process;
pub mod reads;
pub mod tools;
pub mod trace;
pub mod workers;
