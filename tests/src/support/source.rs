//! The log as its readers see it.

use std::time::Duration;

use frontdesk_adapters::event_log::EventLog;
use frontdesk_domain::kernel::recorded::{Batch, Position};
use frontdesk_projections::reader::EventSource;
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
        Box::pin(async move { Ok(self.0.read_after(after, limit, Some(aggregates)).await?) })
    }

    fn read_at<'a>(
        &'a self,
        positions: &'a [Position],
    ) -> BoxFuture<'a, Result<Batch, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move { Ok(self.0.read_at(positions).await?) })
    }

    fn beyond(&self, _: Position) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(POLL))
    }
}
