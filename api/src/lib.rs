//! The executable `frontdesk`: HTTP, webhooks, workers and tools around the log.
//!
//! * [`cli`] and [`config`]: what was asked for;
//! * [`machine`], [`serve`] and [`process`]: from a configuration to a running process, and back;
//! * [`http`]: the API; [`webhooks`] and [`voice`]: what the voice platform sends, and what its assistants ask;
//! * [`open_slots`]: the search for open slots, over the read models; [`kept`]: what is kept of these in the process;
//! * [`calendar`]: appointments for calendar programs;
//! * [`intake`], [`follow`] and [`jobs`]: what happens behind the log, besides the read models;
//! * [`audit`]: what happened, and why.

// Parts of an executable: nobody prints them.
#![allow(missing_debug_implementations)]

pub mod app;
pub mod audit;
pub mod calendar;
pub mod cli;
pub mod config;
pub mod follow;
pub mod http;
pub mod intake;
pub mod jobs;
pub mod kept;
pub mod machine;
pub mod open_slots;
pub mod process;
pub mod serve;
pub mod telemetry;
pub mod voice;
pub mod webhooks;
