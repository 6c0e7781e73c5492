//! The log: append, load and subscribe.
//!
//! * [`append`]: what a commit is, and the one round trip that writes a batch of them;
//! * [`appender`]: the task that gathers commits into batches and tells each caller its own verdict;
//! * [`rows`]: stored rows, and loading many streams in one query;
//! * [`codec`] and [`keys`]: people's data, encrypted on the way in and decrypted on the way out;
//! * [`subscribe`]: reading the log in order;
//! * [`repository`]: `cqrs_es`'s view of it.

pub mod append;
pub mod appender;
pub mod rows;
