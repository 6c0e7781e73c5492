//! The executable `frontdesk`: the command line, HTTP and the webhooks' edge of the product
//! (`frontdesk_application`).
//!
//! * [`cli`], [`config`] and [`secrets`]: what was asked for, and with which keys;
//! * [`machine`], [`serve`] and [`telemetry`]: from a configuration to a running process, and back;
//! * [`connections`]: who is connected, and how long each may keep us waiting; [`stopping`]: and at a stop;
//! * [`http`]: the API; [`webhooks`]: what providers send.

// Parts of an executable: nobody prints them.
#![allow(missing_debug_implementations)]

pub mod cli;
pub mod config;
pub mod connections;
pub mod http;
pub mod machine;
pub mod secrets;
pub mod serve;
pub mod stopping;
pub mod telemetry;
pub mod webhooks;
