//! The event log.

mod append_only;
mod appender;
mod connection_loss;
mod cqrs;
mod holes;
mod keys;
mod migrations;
mod personal;
mod reader;
mod search_path;
mod writer;
