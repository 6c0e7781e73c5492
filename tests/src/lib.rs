//! Tests against real PostgreSQL and Redis: one binary, a database for each test.
//!
//! * `support`: servers, databases, processes, faults;
//! * `log`: reading and writing the event log, whatever happens to writers and connections;
//! * `master_keys`: changing the master key, and wrong ones;
//! * `bus`: commands, of several processes at once;
//! * `projections`: the runner of all readers, and read models;
//! * `inbound`: webhooks that nobody waited for;
//! * `jobs`: policies, the queue, and what is left of it when workers are killed;
//! * `cache`: what Redis keeps;
//! * `crash`: what is left when servers are killed;
//! * `demo`: the demonstration's business, and the commands that go with it;
//! * `habits`: callers who repeat themselves, withhold their numbers, share telephones and change their
//!   minds;
//! * `http`: what clients and providers see;
//! * `release_before`: this release on the database of the one before;
//! * `rolling`: this release and the one after at the same time, on one database;
//! * `tour`: the README's commands, word for word.
//!
//! `TEST_DATABASE_URL` (a superuser's, of any database of a server) and `TEST_REDIS_URL` name servers to use;
//! without them `frontdesk_provision` starts some for the tests.

#![cfg(test)]

mod bus;
mod cache;
mod crash;
mod demo;
mod habits;
mod http;
mod inbound;
mod jobs;
mod log;
mod master_keys;
mod projections;
mod release_before;
mod rolling;
mod support;
mod tour;
