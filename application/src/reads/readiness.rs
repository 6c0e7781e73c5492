//! Whether a process can serve.

use std::sync::atomic::{AtomicBool, Ordering};

use frontdesk_domain::kernel::recorded::Position;
use frontdesk_projections::edition::Edition;
use frontdesk_projections::editions::NEAR;
use sqlx::PgPool;

use crate::workers::readers::{ReaderStatus, statuses};

/// A read model further behind than this makes a process unready that was ready: what it would show is old.
const BEHIND_MAX: Position = 100_000;

/// What a process has found out so far about the read models of its build.
#[derive(Debug, Default)]
pub struct Readiness {
    /// Whether all of them had come to the end of the log. Until then there are some that show nothing yet,
    /// or only what is old: a new version is filled while the release before serves.
    filled: AtomicBool,
}

/// Why a process cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unready {
    /// Read models of its build have yet to be filled.
    Filling,
    /// Read models have fallen behind.
    Behind,
}

impl Readiness {
    /// Looks at what this build serves from, and at nothing else. Returns how its readers are, too.
    pub async fn look(&self, pool: &PgPool) -> Result<(Option<Unready>, Vec<ReaderStatus>), sqlx::Error> {
        let mut statuses = statuses(pool).await?;
        statuses.retain(|status| status.is_of_this_build && status.edition == Edition::Serving);
        // Whoever has paused one wants what it shows, as old as that is.
        let read_models = || statuses.iter().filter(|status| status.is_read_model && !status.paused);
        if read_models().all(|status| status.behind <= NEAR) {
            self.filled.store(true, Ordering::Relaxed);
        }
        let unready = if !self.filled.load(Ordering::Relaxed) {
            Some(Unready::Filling)
        } else if read_models().any(|status| status.behind > BEHIND_MAX) {
            Some(Unready::Behind)
        } else {
            None
        };
        Ok((unready, statuses))
    }
}
