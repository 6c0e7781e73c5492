//! What came in and nobody waited for.

pub mod translator;
