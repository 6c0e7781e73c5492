//! Every aggregate there is.

use cqrs_es::Aggregate;
use schemars::{JsonSchema, Schema, schema_for};

use crate::agenda_day::AgendaDay;
use crate::api_key::ApiKey;
use crate::appointment::Appointment;
use crate::attendance::Attendance;
use crate::business::Business;
use crate::calendar_feed::CalendarFeed;
use crate::call::Call;
use crate::channel_address::ChannelAddress;
use crate::contact_point::ContactPoint;
use crate::customer::Customer;
use crate::customer_note::CustomerNote;
use crate::delivery::Delivery;
use crate::effect::Effect;
use crate::quota::Quota;
use crate::request::Request;
use crate::resource::Resource;
use crate::service::Service;

/// An aggregate, as far as the log and the documentation need to know it.
#[derive(Debug, Clone, Copy)]
pub struct AggregateType {
    /// Its name in the log.
    pub name: &'static str,
    /// The JSON schema of its stored events.
    pub event_schema: fn() -> Schema,
}

const fn aggregate<A: Aggregate>() -> AggregateType
where
    A::Event: JsonSchema,
{
    AggregateType { name: A::TYPE, event_schema: || schema_for!(A::Event) }
}

pub const AGGREGATES: &[AggregateType] = &[
    aggregate::<AgendaDay>(),
    aggregate::<ApiKey>(),
    aggregate::<Appointment>(),
    aggregate::<Attendance>(),
    aggregate::<Business>(),
    aggregate::<CalendarFeed>(),
    aggregate::<Call>(),
    aggregate::<ChannelAddress>(),
    aggregate::<ContactPoint>(),
    aggregate::<Customer>(),
    aggregate::<CustomerNote>(),
    aggregate::<Delivery>(),
    aggregate::<Quota>(),
    aggregate::<Effect>(),
    aggregate::<Request>(),
    aggregate::<Resource>(),
    aggregate::<Service>(),
];

/// The type with this name.
pub fn aggregate_type(name: &str) -> Option<&'static AggregateType> {
    AGGREGATES.iter().find(|aggregate| aggregate.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_aggregate_is_here() {
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("the domain").flatten();
        let aggregates = folders.filter(|folder| folder.path().join("aggregate.rs").exists()).count();
        assert_eq!(AGGREGATES.len(), aggregates);
    }
}
