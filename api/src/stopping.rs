//! That the process is about to stop, for whoever waits for what a client has still to send.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// So long after the stop the rest of a head or of a body is waited for.
pub const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Default)]
pub struct Stopping(pub CancellationToken);

impl Stopping {
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Ends when nothing is waited for any longer.
    pub async fn is_impatient(&self) {
        self.0.cancelled().await;
        sleep(PATIENCE).await;
    }
}
