//! Every aggregate, policy and step of upcasting that there is.

use schemars::{JsonSchema, Schema, schema_for};

use crate::booking::appointment::Appointment;
use crate::booking::customer_agenda::CustomerAgenda;
use crate::booking::no_shows::NoShows;
use crate::booking::policies;
use crate::booking::series::Series;
use crate::booking::waitlist::Waitlist;
use crate::booking::waitlist_entry::WaitlistEntry;
use crate::conversations::call::Call;
use crate::conversations::channel::Channel;
use crate::conversations::channel_address::ChannelAddress;
use crate::conversations::channel_roster::ChannelRoster;
use crate::conversations::chapter::Chapter;
use crate::conversations::conversation::Conversation;
use crate::conversations::conversation_claim::ConversationClaim;
use crate::conversations::outbound_message::OutboundMessage;
use crate::conversations::provider_message::ProviderMessage;
use crate::conversations::wrong_proofs::WrongProofs;
use crate::integrations::calendar_feed::CalendarFeed;
use crate::integrations::webhook::Webhook;
use crate::kernel::decider::{Decider, StoredEvent};
use crate::kernel::policy::Policies;
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::upcast::Upcaster;
use crate::people::consent::Consent;
use crate::people::contact_point::ContactPoint;
use crate::people::customer::{self, Customer};
use crate::people::customer_note::CustomerNote;
use crate::platform::api_key::ApiKey;
use crate::platform::idempotency::IdempotentRequest;
use crate::platform::job_outcome::JobOutcome;
use crate::scheduling::agenda_day::AgendaDay;
use crate::scheduling::business::Business;
use crate::scheduling::quota::Quota;
use crate::scheduling::resource::Resource;
use crate::scheduling::service::Service;

/// An aggregate, for the log and the documentation.
#[derive(Debug, Clone, Copy)]
pub struct AggregateType {
    /// Its name in the log.
    pub name: &'static str,
    /// The JSON schema of its stored events.
    pub event_schema: fn() -> Schema,
    /// The version in which this release reads an event of a type; `None` if it does not know the type.
    pub version_of: fn(&str) -> Option<&'static str>,
    /// Folds the events of one of its streams.
    pub replay: fn(&[RecordedEvent]) -> Result<(), Unreadable>,
}

const fn aggregate<A: Decider>() -> AggregateType
where
    A::Event: JsonSchema + StoredEvent,
{
    AggregateType {
        name: A::TYPE,
        event_schema: || schema_for!(A::Event),
        version_of: A::Event::version_of,
        replay: replay::<A>,
    }
}

fn replay<A: Decider>(events: &[RecordedEvent]) -> Result<(), Unreadable> {
    let events: Vec<A::Event> = events.iter().map(RecordedEvent::decode).collect::<Result<_, _>>()?;
    A::default().fold(events);
    Ok(())
}

pub const AGGREGATES: &[AggregateType] = &[
    aggregate::<AgendaDay>(),
    aggregate::<ApiKey>(),
    aggregate::<Appointment>(),
    aggregate::<NoShows>(),
    aggregate::<Business>(),
    aggregate::<CalendarFeed>(),
    aggregate::<Call>(),
    aggregate::<Channel>(),
    aggregate::<ChannelAddress>(),
    aggregate::<ChannelRoster>(),
    aggregate::<Chapter>(),
    aggregate::<Consent>(),
    aggregate::<ContactPoint>(),
    aggregate::<Conversation>(),
    aggregate::<ConversationClaim>(),
    aggregate::<Customer>(),
    aggregate::<CustomerAgenda>(),
    aggregate::<CustomerNote>(),
    aggregate::<Webhook>(),
    aggregate::<OutboundMessage>(),
    aggregate::<ProviderMessage>(),
    aggregate::<Quota>(),
    aggregate::<JobOutcome>(),
    aggregate::<IdempotentRequest>(),
    aggregate::<Resource>(),
    aggregate::<Series>(),
    aggregate::<Service>(),
    aggregate::<Waitlist>(),
    aggregate::<WaitlistEntry>(),
    aggregate::<WrongProofs>(),
];

/// The type with this name.
pub fn aggregate_type(name: &str) -> Option<&'static AggregateType> {
    AGGREGATES.iter().find(|aggregate| aggregate.name == name)
}

/// Every policy there is, room by room.
pub fn register_policies(all: &mut impl Policies) {
    policies::register(all);
}

/// Every step of upcasting there is.
pub const UPCASTERS: &[Upcaster] = &[
    Upcaster {
        aggregate_type: "customer",
        event_type: "CustomerRegistered",
        version: "1",
        upcast: customer::upcast::registered,
    },
    Upcaster {
        aggregate_type: "customer",
        event_type: "CustomerChanged",
        version: "1",
        upcast: customer::upcast::changed,
    },
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_aggregate_is_here() {
        let folders = |path: &Path| {
            std::fs::read_dir(path).expect("a folder").flatten().filter(|entry| entry.path().is_dir())
        };
        let rooms = folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        let aggregates = rooms
            .flat_map(|room| folders(&room.path()))
            .filter(|folder| folder.path().join("aggregate.rs").exists());
        assert_eq!(AGGREGATES.len(), aggregates.count());
    }

    #[test]
    fn every_step_of_upcasting_is_here_once() {
        let mut keys: Vec<_> =
            UPCASTERS.iter().map(|step| (step.aggregate_type, step.event_type, step.version)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), UPCASTERS.len());
    }
}
