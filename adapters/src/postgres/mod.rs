//! PostgreSQL: how to reach it, how to bring its schema up to date, and one of our own where none is given.

pub mod embedded;
pub mod pool;
