//! Offering freed time to the waitlist.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::appointment::{Appointment, AppointmentCommand, Attendee, BookedSlot, Source};
use crate::booking::commands::booking::{
    Leeway, Own, Who, admit, guard_limits, handed_out, occupy, open_slots, plan, rules_of,
};
use crate::booking::waitlist::{Waiting, Waitlist, WaitlistCommand, Wish};
use crate::booking::waitlist_entry::{TimeOffer, WaitlistEntry, WaitlistEntryCommand};
use crate::kernel::ids::{AgendaDayId, ResourceId, ServiceId, StreamId, WaitlistId};
use crate::kernel::refusal::{Class, OpenInstead, Refusal};
use crate::kernel::work::{Failure, Work};
use crate::people::commands::customers::survivor;
use crate::scheduling::agenda_day::AgendaDay;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::availability::rules::ServiceRules;
use crate::scheduling::availability::{Query, Slot, is_offered};
use crate::scheduling::service::Overlap;
use crate::values::interval::Interval;
use crate::values::time::{TimeOfDay, Zone};

/// The shortest time to answer an offer.
const OFFER_MINUTES_MIN: i64 = 1;
/// How many open slots a customer who joins is told, and how far from the first date they are searched.
const OPEN_NOW_MAX: usize = 3;
const OPEN_NOW_WITHIN_DAYS: i64 = 21;

/// Time that has become free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Freed {
    pub resources: Vec<ResourceId>,
    /// Buffers included.
    pub time: Interval,
}

impl From<&BookedSlot> for Freed {
    fn from(slot: &BookedSlot) -> Self {
        let time = slot.time.padded(slot.buffers.before(), slot.buffers.after());
        Self { resources: slot.resources.clone(), time }
    }
}

/// The open slots for a wish. Nobody waits for a time at which the service is never to be had.
pub async fn open_now(work: &impl Work, wish: &Wish, zone: Zone) -> Result<OpenInstead, Failure> {
    let (service_id, now) = (wish.service_id, work.now());
    let slots = match rules_of(work, service_id).await? {
        Some(rules) => {
            let wanted = wish.span(zone);
            let end = wanted.end.min(wanted.start.max(now) + TimeDelta::days(OPEN_NOW_WITHIN_DAYS));
            let near = query(wish, Interval { end, ..wanted }, now, OPEN_NOW_MAX);
            let open = open_slots(work, &rules, near, None).await?;
            if open.is_empty() && !is_offered(&rules, query(wish, wanted, now, 1)) {
                let detail = "first_date: the service is closed then; wish for another day or time";
                return Err(Refusal::new("waitlist-closed", Class::Invalid, detail).into());
            }
            open
        }
        None => vec![],
    };
    Ok(handed_out(work, service_id, zone, &slots, wish.terms))
}

fn query(wish: &Wish, span: Interval, now: DateTime<Utc>, limit: usize) -> Query {
    Query { span, from_time: wish.from_time, to_time: wish.to_time, now, limit, terms: wish.terms }
}

/// Offers freed time to the first entry that waits for it. Returns whether it made an offer; if so, there may
/// be time left for another.
pub async fn offer_freed_time(work: &impl Work, freed: &Freed) -> Result<bool, Failure> {
    let waitlist = work.load::<Waitlist>(WaitlistId::of(work.tenant())).await?.state;
    freed.resources.iter().for_each(|resource| work.contend(resource.uuid()));
    guard(work, freed).await?;
    let mut services: BTreeMap<ServiceId, Option<ServiceRules>> = BTreeMap::new();
    for waiting in waitlist.waiting() {
        let service_id = waiting.place.wish.service_id;
        let rules = match services.entry(service_id) {
            Entry::Occupied(rules) => rules.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(concerned(work, service_id, freed).await?),
        };
        let Some(rules) = rules else { continue };
        let Some(slot) = wanted(work, rules, waiting, freed).await? else { continue };
        let mark = work.mark();
        match offer(work, rules, waiting, &slot).await {
            Ok(()) => return Ok(true),
            // For example by a limit of this customer.
            Err(Failure::Refused(_)) => work.rewind(mark),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Guards the days of the freed time, because this process may know them as they were before. What else is
/// searched is not guarded: the time of an offer is guarded when it is held, and whatever else becomes free
/// is looked at by a job of its own.
async fn guard(work: &impl Work, freed: &Freed) -> Result<(), Failure> {
    for resource in &freed.resources {
        for day in freed.time.utc_days() {
            work.load::<AgendaDay>(AgendaDayId::of(work.tenant(), *resource, day)).await?;
        }
    }
    Ok(())
}

/// The rules of a service, if it needs a freed resource.
async fn concerned(
    work: &impl Work,
    service_id: ServiceId,
    freed: &Freed,
) -> Result<Option<ServiceRules>, Failure> {
    let rules = rules_of(work, service_id).await?;
    let needs_it =
        |rules: &ServiceRules| rules.service.resources().iter().any(|id| freed.resources.contains(id));
    Ok(rules.filter(needs_it))
}

/// The first open slot for a place in the line that overlaps the freed time. It skips times that the customer
/// did not take.
async fn wanted(
    work: &impl Work,
    rules: &ServiceRules,
    waiting: &Waiting,
    freed: &Freed,
) -> Result<Option<Slot>, Failure> {
    let (wish, service) = (&waiting.place.wish, &rules.service);
    let now = work.now();
    let minutes = wish.terms.duration_minutes.unwrap_or(service.duration_minutes);
    let reach = service.buffers.after() + TimeDelta::minutes(minutes.into()) - TimeDelta::minutes(1);
    let answerable = now + rules.notice() + TimeDelta::minutes(OFFER_MINUTES_MIN);
    let starts =
        Interval::new((freed.time.start - reach).max(answerable), freed.time.end + service.buffers.before());
    let Some(starts) = starts.intersection(wish.span(rules.business.zone)) else { return Ok(None) };
    if !touches(wish, starts, rules.business.zone) {
        return Ok(None);
    }
    guard_limits(work, rules, starts).await?;
    let open = open_slots(work, rules, query(wish, starts, now, usize::MAX), None).await?;
    let is_new = |slot: &Slot| !waiting.not_taken.iter().any(|not_taken| not_taken.overlaps(slot.time));
    Ok(open.into_iter().find(is_new))
}

/// Whether the times of day of a wish lie in a span. This saves the search of most spans.
fn touches(wish: &Wish, span: Interval, zone: Zone) -> bool {
    let at = |time: TimeOfDay, date| zone.instants(time.on(date)).first();
    let dates = zone.date(span.start).iter_days().take_while(|date| *date <= zone.date(span.end));
    dates
        .into_iter()
        .any(|date| Interval::new(at(wish.from_time, date), at(wish.to_time, date)).overlaps(span))
}

/// Holds a slot for a place in the line.
async fn offer(
    work: &impl Work,
    rules: &ServiceRules,
    waiting: &Waiting,
    slot: &Slot,
) -> Result<(), Failure> {
    let (place, now) = (&waiting.place, work.now());
    let plan =
        plan(work, &SlotOffer::of(place.wish.service_id, slot, place.wish.terms, now), Leeway::default())
            .await?;
    let (customer_id, _) = survivor(work, place.customer_id).await?;
    admit(work, &plan.slot.agreement.policy, customer_id, false).await?;
    let overlap = plan.slot.agreement.policy.overlap;
    if overlap == Overlap::Forbidden {
        let entry = work.load::<WaitlistEntry>(place.entry_id).await?.state;
        let name = entry.known().map_err(Failure::refused)?.joined.name.clone();
        let attendee = Attendee { customer_id, name, note: None, answers: vec![] };
        let own = Own::of(work, &Who::Customer(customer_id), &attendee, Source::Api).await?;
        own.must_not_overlap(work, plan.slot.time, overlap, true).await?;
    }
    let latest = plan.slot.time.start - rules.notice();
    let expires_at = latest.min(now + TimeDelta::minutes(rules.service.waitlist_offer_minutes.into()));
    let (hold_id, time) = (work.new_id(), plan.slot.time);
    let entry_id = place.entry_id;
    occupy(work, hold_id, &plan, Some(customer_id), Some(expires_at)).await?;
    let (source, by) = (Source::Waitlist { entry_id }, work.actor().clone());
    work.execute::<Appointment>(
        hold_id,
        AppointmentCommand::Hold { slot: plan.slot, expires_at, source, by },
    )
    .await?;
    let offer = TimeOffer { hold_id, time, expires_at, customer_id: Some(customer_id) };
    work.execute::<WaitlistEntry>(entry_id, WaitlistEntryCommand::Offer { offer }).await?;
    work.execute::<Waitlist>(WaitlistId::of(work.tenant()), WaitlistCommand::Offer { entry_id })
        .await
        .map(drop)
}
