use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::subscribe::Wakeups;
use frontdesk_domain::kernel::recorded::{Batch, Position};
use frontdesk_projections::reader::EventSource;
use futures::future::BoxFuture;

/// The log as its readers see it.
#[derive(Debug)]
pub struct LogSource {
    pub log: EventLog,
    pub wakeups: Wakeups,
}

impl EventSource for LogSource {
    fn read_after<'a>(
        &'a self,
        after: Position,
        limit: i64,
        aggregates: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Option<Batch>, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move { Ok(self.log.read_after(after, limit, Some(aggregates)).await?) })
    }

    fn read_at<'a>(
        &'a self,
        positions: &'a [Position],
    ) -> BoxFuture<'a, Result<Batch, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move { Ok(self.log.read_at(positions).await?) })
    }

    fn beyond(&self, position: Position) -> BoxFuture<'_, ()> {
        let mut wakeups = self.wakeups.clone();
        Box::pin(async move { wakeups.beyond(position).await })
    }
}
