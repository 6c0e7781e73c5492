//! A server that ends while we need it is started again.

use std::time::Duration;

use frontdesk_domain::kernel::chain::Chain;
use tokio_util::sync::CancellationToken;

use super::error::EmbeddedError;
use super::home::Home;
use super::server::Server;
use crate::supervisor::Supervisor;

/// Its name among the tasks of the process.
pub(super) const TASK: &str = "postgres";
const INTERVAL: Duration = Duration::from_millis(250);
/// Between two tries where it cannot be started: on a full disk, say.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub home: Home,
    pub server: Server,
    /// Who is told.
    pub supervisor: Supervisor,
}

impl Watch {
    pub async fn run(self, stop: CancellationToken) {
        let mut pause = INTERVAL;
        let mut told = String::new();
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            match stop.run_until_cancelled(self.tend()).await {
                None => return,
                Some(Ok(())) => {
                    pause = INTERVAL;
                    told.clear();
                }
                Some(Err(error)) => {
                    let reason = Chain(&error).to_string();
                    if reason != told {
                        tracing::error!(reason, "the embedded PostgreSQL does not run; it is tried again");
                    }
                    self.supervisor.note(TASK, reason.clone());
                    told = reason;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn tend(&self) -> Result<(), EmbeddedError> {
        if self.server.is_alive().await? {
            return Ok(());
        }
        let _starting = self.home.exclusive().await?;
        self.server.ensure().await?;
        metrics::counter!("frontdesk_task_failures_total", "task" => TASK).increment(1);
        tracing::warn!("the embedded PostgreSQL had ended; it runs again");
        self.supervisor.note(TASK, "it had ended; it runs again".to_owned());
        Ok(())
    }
}
