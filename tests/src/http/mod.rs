//! What clients and providers see.

mod authorization;
mod bad_input;
mod booking;
mod customers;
mod processes;
mod webhooks;
