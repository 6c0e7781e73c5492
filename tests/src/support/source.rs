//! The log as its readers see it.

use std::time::Duration;

use frontdesk_adapters::event_log::EventLog;
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_projections::reader::{Batch, EventSource};
use futures::future::BoxFuture;

const POLL: Duration = Duration::from_millis(5);

#[derive(Debug, Clone)]
pub struct LogSource(pub EventLog);

impl EventSource for LogSource {
    fn read_after<'a>(
        &'a self,
        after: Position,
        limit: i64,
        aggregates: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Option<Batch>, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move {
            let batch = self.0.read_after(after, limit, Some(aggregates)).await?;
            Ok(batch.map(|batch| Batch { events: batch.events, through: batch.through }))
        })
    }

    fn beyond(&self, _: Position) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(POLL))
    }
}
