//! What a run reports: [`tally`] counts and measures, [`progress`] shows how far it is, [`summary`] prints
//! the end.

pub mod progress;
pub mod summary;
pub mod tally;
