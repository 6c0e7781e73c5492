//! Who reads the log for the policies. A policy that is new starts at the head: what happened before it was
//! there is not its business.

use std::sync::Arc;

use frontdesk_adapters::jobs::{RegisteredPolicy, queue, registered_policies};
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_projections::reader::{Reader, ReaderError, Start};
use futures::future::BoxFuture;
use sqlx::PgConnection;

/// A policy as the runner sees it: its jobs go to the queue in the transaction that moves its checkpoint.
#[derive(Debug)]
pub struct PolicyReader(pub RegisteredPolicy);

impl Reader for PolicyReader {
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// One for ever: to go over the log again would be to do again what was done.
    fn version(&self) -> i32 {
        1
    }

    fn start(&self) -> Start {
        Start::Head
    }

    fn aggregates(&self) -> &'static [&'static str] {
        self.0.aggregates
    }

    fn take<'a>(
        &'a self,
        transaction: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            let mut changes = Vec::new();
            for event in events {
                changes.extend((self.0.react)(event)?);
            }
            Ok(queue::apply(transaction, changes).await?)
        })
    }
}

/// A reader for each policy.
pub fn policy_readers() -> Vec<Arc<dyn Reader>> {
    let readers = registered_policies().into_iter();
    readers.map(|policy| Arc::new(PolicyReader(policy)) as Arc<dyn Reader>).collect()
}
