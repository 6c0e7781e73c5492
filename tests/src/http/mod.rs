//! What clients and providers see.

mod affected;
mod asked_again;
mod authorization;
mod availability;
mod bad_input;
mod booking;
mod calendars;
mod caller_proof;
mod channels;
mod connections;
mod customers;
mod faults;
mod fuzz;
mod languages;
mod lifecycle;
mod limits;
mod moving;
mod open_times;
mod panics;
mod preconditions;
mod processes;
mod redis_outage;
mod series;
mod told;
mod waitlist;
mod webhooks;
