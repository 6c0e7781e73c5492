//! Who runs a job, by the policy that it comes from.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::chain::Chain;
use frontdesk_domain::kernel::ids::{EventId, JobId, StreamId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind, CORRELATION_ID};
use frontdesk_domain::kernel::policy::{Job, Policies, Policy, Reaction, Retry};
use frontdesk_domain::kernel::recorded::{RecordedEvent, Unreadable};
use frontdesk_domain::platform::commands::jobs::{JobRun, PerformJob};
use frontdesk_domain::registry::register_policies;
use futures::future::BoxFuture;

use super::queue::{Change, Claimed, NewJob};
use crate::command_bus::{Bus, Context};

/// How long the commit of a job may wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    Done,
    NotBefore(DateTime<Utc>),
}

/// Why a run came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failed {
    pub reason: String,
    /// It will fail tomorrow as it does today.
    pub lasting: bool,
}

impl Failed {
    pub fn now(error: &(dyn std::error::Error + 'static)) -> Self {
        Self { reason: Chain(error).to_string(), lasting: false }
    }
}

/// Runs the jobs of a policy, or of a schedule.
pub trait Handler: Send + Sync {
    /// The policy that its jobs come from.
    fn policy(&self) -> &'static str;
    /// The latest form of their payloads that it reads. It reads the earlier ones, too.
    fn version(&self) -> i32 {
        1
    }
    fn retry(&self) -> Retry;
    fn run<'a>(&'a self, job: &'a Claimed) -> BoxFuture<'a, Result<Finished, Failed>>;
}

/// A policy without its types.
#[derive(Clone, Copy)]
pub struct RegisteredPolicy {
    pub name: &'static str,
    pub aggregates: &'static [&'static str],
    /// What an event does to the queue.
    pub react: fn(&RecordedEvent) -> Result<Vec<Change>, Unreadable>,
    pub handler: fn(Bus) -> Arc<dyn Handler>,
}

impl std::fmt::Debug for RegisteredPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegisteredPolicy({})", self.name)
    }
}

/// Every policy there is.
pub fn registered_policies() -> Vec<RegisteredPolicy> {
    struct All(Vec<RegisteredPolicy>);

    impl Policies for All {
        fn policy<P: Policy>(&mut self) {
            self.0.push(RegisteredPolicy {
                name: P::NAME,
                aggregates: P::AGGREGATES,
                react: changes::<P>,
                handler: |bus| Arc::new(InTheDomain::<P> { bus, policy: PhantomData }),
            });
        }
    }

    let mut all = All(Vec::new());
    register_policies(&mut all);
    all.0
}

fn changes<P: Policy>(recorded: &RecordedEvent) -> Result<Vec<Change>, Unreadable> {
    let change = |(number, reaction)| {
        Ok(match reaction {
            Reaction::Withdraw { key } => {
                Change::Withdraw { policy: P::NAME, key, position: recorded.position }
            }
            Reaction::Schedule { key, due_at, job } => Change::Schedule(Box::new(NewJob {
                policy: P::NAME,
                key,
                effect_id: JobId::of(P::NAME, recorded.position, recorded.event_id, number),
                name: P::Job::NAME,
                tenant: Some(recorded.tenant),
                payload: serde_json::to_value(&job).map_err(|error| Unreadable {
                    position: recorded.position,
                    event_type: recorded.event_type.clone(),
                    reason: format!("the job that follows from it is not JSON: {error}"),
                })?,
                version: P::Job::VERSION,
                position: recorded.position,
                number,
                event_id: Some(recorded.event_id),
                correlation: recorded.metadata.get(CORRELATION_ID).map(str::to_owned),
                queue: P::Job::QUEUE,
                due_at,
                retry: P::Job::RETRY,
            })),
        })
    };
    (0..).zip(P::react(recorded)?).map(change).collect()
}

/// A job whose whole effect is in the domain: one command.
struct InTheDomain<P> {
    bus: Bus,
    policy: PhantomData<P>,
}

impl<P: Policy> Handler for InTheDomain<P> {
    fn policy(&self) -> &'static str {
        P::NAME
    }

    fn version(&self) -> i32 {
        P::Job::VERSION
    }

    fn retry(&self) -> Retry {
        P::Job::RETRY
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> BoxFuture<'a, Result<Finished, Failed>> {
        Box::pin(async move {
            let lasting = |reason: String| Failed { reason, lasting: true };
            let tenant = job.tenant().ok_or_else(|| lasting("it belongs to no business".into()))?;
            let effect: P::Job = serde_json::from_value(job.payload.0.clone())
                .map_err(|error| lasting(format!("what it is to do cannot be read: {error}")))?;
            let mut context = Context::new(tenant, Actor::new(ActorKind::System, P::NAME), PATIENCE);
            if let Some(correlation) = &job.correlation {
                context.correlation_id.clone_from(correlation);
            }
            context.causation_id = job.event_id.map(|id| EventId::from_uuid(id).to_string());
            let command = PerformJob { job_id: job.effect_id(), origin: job.origin(), job: effect };
            match self.bus.execute(&context, &command).await {
                Ok(executed) => Ok(match executed.output {
                    JobRun::Settled(_) => Finished::Done,
                    JobRun::NotBefore(instant) => Finished::NotBefore(instant),
                }),
                Err(error) => Err(Failed::now(&error)),
            }
        })
    }
}
