//! The rules that one slot breaks, for the decision to book it.

use chrono::{DateTime, TimeDelta, Utc};

use super::query::Slot;
use super::rules::ServiceRules;
use crate::kernel::ids::ResourceId;
use crate::scheduling::service::Need;

/// Which rule a slot breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error("that time has passed")]
    Past,
    #[error("that is too short notice")]
    ShortNotice,
    #[error("that is too far ahead")]
    TooFarAhead,
    #[error("appointments of that length are not offered")]
    WrongDuration,
    #[error("that is outside opening hours")]
    Closed,
    #[error("that cannot be booked with these resources")]
    WrongResources,
}

/// What a slot is held to beside the rules of its service.
#[derive(Debug, Clone, Copy)]
pub struct HeldTo {
    pub now: DateTime<Utc>,
    /// When it was offered. The notice counts from then: what was offered in time can be booked as long as
    /// the offer stands.
    pub offered_at: DateTime<Utc>,
    /// The length of an appointment that is moved. It keeps it, whatever the service offers by now.
    pub own_length: Option<TimeDelta>,
}

/// The rules that a slot breaks. The agenda decides whether there is room for it, and quotas what is left of
/// the limits.
pub fn violations(rules: &ServiceRules, slot: &Slot, held_to: HeldTo) -> Vec<Violation> {
    let HeldTo { now, offered_at, own_length } = held_to;
    let (start, zone) = (slot.time.start, rules.business.zone);
    let too_far = !rules.service.horizon.dates(zone.date(now)).contains(zone.date(start));
    let too_soon = if start < now {
        Some(Violation::Past)
    } else {
        (start < offered_at + rules.notice()).then_some(Violation::ShortNotice)
    };
    let too_far = too_far.then_some(Violation::TooFarAhead);
    [too_soon, too_far, check_resources(rules, slot, own_length).err()].into_iter().flatten().collect()
}

/// Whether the resources of a slot serve its service and are open for all of it.
fn check_resources(
    rules: &ServiceRules,
    slot: &Slot,
    own_length: Option<TimeDelta>,
) -> Result<(), Violation> {
    let (start, zone) = (slot.time.start, rules.business.zone);
    let suits = |(need, id): (&Need, &ResourceId)| need.any_of.contains(id);
    let needs = &rules.service.needs;
    let twice = slot.resources.iter().enumerate().any(|(index, id)| slot.resources[..index].contains(id));
    if slot.resources.len() != needs.len() || twice || !needs.iter().zip(&slot.resources).all(suits) {
        return Err(Violation::WrongResources);
    }
    let mut lengths = rules.service.durations().map(|minutes| TimeDelta::minutes(minutes.into()));
    let length = slot.time.end - start;
    if own_length != Some(length) && !lengths.any(|offered| offered == length) {
        return Err(Violation::WrongDuration);
    }
    // Wider than the slot, so that windows are not cut at its edges.
    let around = slot.time.padded(TimeDelta::minutes(1), TimeDelta::minutes(1));
    let business_open = rules.business.schedule.open_within(around, zone);
    for id in &slot.resources {
        let resource = rules.resource(*id).ok_or(Violation::WrongResources)?;
        if !resource
            .open_within(around, &rules.business, &business_open)
            .iter()
            .any(|open| open.contains(slot.time))
        {
            return Err(Violation::Closed);
        }
    }
    Ok(())
}
