//! Who reads the log for the policies.

use std::sync::Arc;

use frontdesk_adapters::jobs::{RegisteredPolicy, queue, registered_policies};
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_projections::runner::{ProjectionError, Projector};
use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool};

/// A policy as the runner sees it: its jobs go to the queue in the transaction that moves its checkpoint.
#[derive(Debug)]
pub struct PolicyReader(pub RegisteredPolicy);

impl Projector for PolicyReader {
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// One for ever: to go over the log again would be to do again what was done.
    fn version(&self) -> i32 {
        1
    }

    /// None of its own: the queue has one for all.
    fn tables(&self) -> &'static str {
        ""
    }

    fn aggregates(&self) -> &'static [&'static str] {
        self.0.aggregates
    }

    fn project<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [RecordedEvent],
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let mut changes = Vec::new();
            for event in events {
                changes.extend((self.0.react)(event)?);
            }
            Ok(queue::apply(connection, changes).await?)
        })
    }
}

/// Gives each policy that is new its checkpoint, at the head of the log: what happened before it was there is not its business.
pub async fn begin_at_the_head(pool: &PgPool, policies: &[RegisteredPolicy]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into checkpoints (name, version, position)
         select name, 1, (select coalesce(max(position), 0) from events) from unnest($1::text[]) as p (name)
         on conflict do nothing",
    )
    .bind(policies.iter().map(|policy| policy.name).collect::<Vec<_>>())
    .execute(pool)
    .await
    .map(drop)
}

/// The policies' readers, for those who take them to the end of the log by hand.
pub fn policy_readers() -> Vec<Arc<dyn Projector>> {
    let readers = registered_policies().into_iter();
    readers.map(|policy| Arc::new(PolicyReader(policy)) as Arc<dyn Projector>).collect()
}
