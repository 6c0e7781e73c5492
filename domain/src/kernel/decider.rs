//! An aggregate whose decision is a synchronous, pure function.
//!
//! `cqrs_es::Aggregate::handle` is asynchronous and may call services. Ours never do. [`Decider::decide`]
//! takes the state and a command, and returns events or a refusal. So it is tested without a runtime, retried
//! without side effects, and can be run again years later. `handle` only forwards to it, for the test
//! framework and the stores of `cqrs_es`.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};

use crate::kernel::ids::StreamId;

pub trait Decider: Aggregate<Services = ()> + Clone + std::fmt::Debug + 'static {
    type Id: StreamId;

    /// Whether its streams belong to the whole deployment, so that commands of one tenant load what another
    /// has written.
    const SHARED: bool = false;

    /// Whether many commands append to one of its streams at the same instant. They take turns: see
    /// [`Command::contended`](super::work::Command::contended).
    const CONTENDED: bool = false;

    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// The state after these events.
    fn fold(mut self, events: impl IntoIterator<Item = Self::Event>) -> Self {
        events.into_iter().for_each(|event| self.apply(event));
        self
    }
}

/// The body of `Aggregate::handle` for every [`Decider`].
pub async fn forward<A: Decider>(
    aggregate: &mut A,
    command: A::Command,
    sink: &EventSink<A>,
) -> Result<(), A::Error> {
    for event in aggregate.decide(command)? {
        sink.write(event, aggregate).await;
    }
    Ok(())
}

/// An event with the version of its stored form.
pub trait StoredEvent: DomainEvent {
    /// The version in which this release writes and reads an event of this type; `None` if there is no such
    /// type.
    fn version_of(event_type: &str) -> Option<&'static str>;
}

/// Implements `cqrs_es::DomainEvent` and [`StoredEvent`] for an enum that derives `strum::IntoStaticStr` and
/// `strum::VariantNames`. The type is the name of the variant. The version is 1, unless the variant is listed
/// with another one: its stored form has changed.
#[macro_export]
macro_rules! domain_event {
    ($event:ty $(, $variant:ident => $version:literal)* $(,)?) => {
        impl ::cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                <&'static str>::from(self).to_owned()
            }

            fn event_version(&self) -> String {
                <Self as $crate::kernel::decider::StoredEvent>::version_of(self.into()).unwrap_or("1").to_owned()
            }
        }

        impl $crate::kernel::decider::StoredEvent for $event {
            fn version_of(event_type: &str) -> Option<&'static str> {
                $(if event_type == stringify!($variant) {
                    return Some($version);
                })*
                <Self as ::strum::VariantNames>::VARIANTS.contains(&event_type).then_some("1")
            }
        }
    };
}

/// Implements `cqrs_es::Aggregate` for a type with inherent `decide` and `evolve` methods.
#[macro_export]
macro_rules! aggregate {
    ($aggregate:ty, $type:literal, $id:ty, $command:ty, $event:ty, $error:ty $(, shared: $shared:literal)? $(, contended: $contended:literal)?) => {
        impl ::cqrs_es::Aggregate for $aggregate {
            const TYPE: &'static str = $type;
            type Command = $command;
            type Event = $event;
            type Error = $error;
            type Services = ();

            async fn handle(
                &mut self,
                command: $command,
                (): &(),
                sink: &::cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), $error> {
                $crate::kernel::decider::forward(self, command, sink).await
            }

            fn apply(&mut self, event: $event) {
                self.evolve(event);
            }
        }

        impl $crate::kernel::decider::Decider for $aggregate {
            type Id = $id;
            $(const SHARED: bool = $shared;)?
            $(const CONTENDED: bool = $contended;)?

            fn decide(&self, command: $command) -> Result<Vec<$event>, $error> {
                <$aggregate>::decide(self, command)
            }
        }
    };
}
