//! Durable jobs: what policies and schedules ask for, run when it is due.
//!
//! * [`queue`]: the table `jobs`, every statement on it;
//! * [`handler`]: the policies as the worker sees them, and how the job of one is run;
//! * [`cron`]: what is done again and again;
//! * [`worker`]: takes what is due and runs it.
//!
//! A job is a row until it is done; then its outcome stands in the log, on the stream of its effect, and the
//! row goes. While a worker runs a job it holds a lease that it keeps renewing; the jobs of a worker that has
//! died are taken by others when their leases end. That may run a job twice, and the effect's stream sees to
//! it that it takes effect once.
//!
//! `docs/decisions/0011-a-queue-of-our-own.md` says why this is not a library.

pub mod cron;
pub mod handler;
pub mod queue;
pub mod worker;

pub use cron::Cron;
pub use handler::{Failed, Handler, RegisteredPolicy, registered_policies};
pub use queue::{Change, Claimed, JobRow, State};
pub use worker::{Settings, Worker};
