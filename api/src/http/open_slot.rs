//! Open slots on the wire.

use chrono::{DateTime, FixedOffset, Utc};
use frontdesk_domain::kernel::ids::ResourceId;
use frontdesk_domain::kernel::refusal::{OpenInstead, OpenSlot};
use frontdesk_domain::values::time::Zone;
use poem_openapi::Object;

use super::field::Field;

/// A time that can be booked.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "OpenSlot", skip_serializing_if_is_none)]
pub struct OpenSlotOut {
    /// On the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// When it ends, on the same clock.
    pub end: DateTime<FixedOffset>,
    /// With what: one resource for each need of the service. Where others serve as well and one of these is
    /// taken in the meantime, another takes its place, unless the search was for a resource.
    pub resource_ids: Vec<Field<ResourceId>>,
    /// Of a class that others have booked already: how many seats are left.
    pub seats_left: Option<u32>,
    /// Books this slot. It stands for a while; whether the time is still free is decided when it comes back.
    pub slot_token: String,
    /// Until when the token can be used.
    pub token_expires_at: DateTime<Utc>,
}

impl OpenSlotOut {
    pub fn of(zone: Zone, slot: OpenSlot) -> Self {
        Self {
            start: zone.local(slot.time.start),
            end: zone.local(slot.time.end),
            resource_ids: slot.resources.into_iter().map(Field).collect(),
            seats_left: slot.seats_left,
            slot_token: slot.slot_token,
            token_expires_at: slot.token_expires_at,
        }
    }

    pub fn of_open(open: &OpenInstead) -> Vec<Self> {
        open.slots.iter().cloned().map(|slot| Self::of(open.zone, slot)).collect()
    }
}
