//! Waiting until a reader has come to a position.

use std::sync::Arc;
use std::time::Duration;

use frontdesk_domain::kernel::recorded::Position;
use sqlx::PgPool;
use tokio::sync::{Notify, watch};

use crate::checkpoints::Checkpoint;

/// How far this process has taken a reader; 0 while another process does.
#[derive(Debug, Clone)]
pub struct Reached {
    pub(crate) position: watch::Receiver<Position>,
    /// Shortens the rest of whoever runs it.
    pub(crate) wanted: Arc<Notify>,
}

/// Waits until a reader has reached a position. False when it has not in time.
///
/// In the process that runs it the runner says so; in others the checkpoint is asked, a little less often
/// each time.
pub async fn wait_for(
    pool: &PgPool,
    checkpoint: Checkpoint,
    reached: Option<Reached>,
    position: Position,
    patience: Duration,
) -> Result<bool, sqlx::Error> {
    let deadline = tokio::time::Instant::now() + patience;
    let mut pause = Duration::from_millis(2);
    let mut reached = reached;
    loop {
        if reached.as_ref().is_some_and(|reached| *reached.position.borrow() >= position) {
            return Ok(true);
        }
        if checkpoint.position(pool).await?.is_some_and(|reached| reached >= position) {
            return Ok(true);
        }
        let now = tokio::time::Instant::now();
        if now >= deadline {
            return Ok(false);
        }
        let until = deadline.min(now + pause);
        match &mut reached {
            Some(Reached { position: reached, wanted }) => {
                wanted.notify_one();
                let _ =
                    tokio::time::timeout_at(until, reached.wait_for(|reached| *reached >= position)).await;
            }
            None => tokio::time::sleep_until(until).await,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
