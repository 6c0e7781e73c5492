//! What clients and providers see.

mod authorization;
mod bad_input;
mod booking;
mod languages;
mod processes;
mod webhooks;
