//! `/api/v1/businesses/{business_id}/availability`: the slots that are open.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_application::app::App;
use frontdesk_application::reads::open_slots::{SPAN_DAYS_MAX, dates_query};
use frontdesk_domain::booking::appointment::BookedSlot;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, ResourceId, ServiceId};
use frontdesk_domain::languages::when::{self, Asked, BadWhen, Setting};
use frontdesk_domain::scheduling::availability::{Query as SlotQuery, Slot};
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::agenda::Agenda;
use frontdesk_projections::appointments::{Appointments, Status};
use frontdesk_projections::directory::Directory;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

use super::appointments::known;
use super::caller::Caller;
use super::fault::Fault;
use super::field::Field;
use super::open_slot::OpenSlotOut;
use super::problem::{Problem, ReadProblem};
use super::read::Read;
use super::reply::{Out, Reply};
use super::tag::Tag;

const SPAN_DAYS: i64 = 14;
const SLOTS: u16 = 20;
const SLOTS_MAX: u16 = 1_000;

/// The open slots of a service.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Availability")]
pub struct AvailabilityOut {
    pub service_id: Field<ServiceId>,
    /// The zone of the clock that they are told on.
    pub zone: Field<Zone>,
    /// In order of their start.
    pub slots: Vec<OpenSlotOut>,
}

impl Out for AvailabilityOut {}

/// What was said is not known, in the parameter in which it was said.
fn misunderstood(asked: &Asked, bad: &BadWhen) -> Fault {
    let parameters = [("day", asked.day), ("part_of_day", asked.part_of_day), ("time", asked.time)];
    let given = || parameters.into_iter().filter_map(|(name, text)| Some((name, text?)));
    let said = given().find(|(_, text)| text.to_lowercase().contains(&bad.said().to_lowercase()));
    Fault::query(said.or_else(|| given().next()).map_or("day", |(name, _)| name), bad)
}

pub struct AvailabilityApi(pub App);

impl AvailabilityApi {
    /// What an appointment takes that is to be moved.
    async fn moved(&self, tenant: BusinessId, id: AppointmentId) -> Result<BookedSlot, ReadProblem> {
        let row = known(&self.0, tenant, id).await?;
        if !matches!(row.status, Status::Held | Status::Requested | Status::Booked) {
            return Err(Fault::query("moving", "the appointment takes no time that could be moved").into());
        }
        Ok(row.slot)
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl AvailabilityApi {
    /// Find open slots
    ///
    /// Say when with `from` and `to`, or as people say it with `day`, `part_of_day` and `time`, in the
    /// business's zone.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/availability", method = "get", operation_id = "find_open_slots")]
    async fn find(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Can be left out if moving is given.
        service_id: Query<Option<Field<ServiceId>>>,
        /// Slots start at or after it; now, if it is left out.
        from: Query<Option<Field<DateTime<Utc>>>>,
        /// Slots start before it; at most 62 days after from, 14 if it is left out.
        to: Query<Option<Field<DateTime<Utc>>>>,
        /// A day or several, in English or the business's language: today, tuesday, next tuesday, december
        /// 3rd, 2026-11-24, next week, monday to wednesday; instead of from and to.
        #[oai(validator(max_length = 64))]
        day: Query<Option<String>>,
        /// morning, afternoon or evening.
        #[oai(validator(max_length = 64))]
        part_of_day: Query<Option<String>>,
        /// Like 15:00, 3:30 pm, half past three or after five: slots start at or after this time of day. They
        /// start before it for "before noon", and within it for "between 2 and 4 pm".
        #[oai(validator(max_length = 64))]
        time: Query<Option<String>>,
        /// For so many minutes: one of the durations that the service offers; its first, if it is left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "1440")))]
        duration_minutes: Query<Option<u32>>,
        /// For so many people, of a class; 1 if it is left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
        seats: Query<Option<u32>>,
        /// With this resource.
        resource_id: Query<Option<Field<ResourceId>>>,
        /// An appointment that is to be moved, or a hold of one's own: what it takes itself counts as free.
        /// Its service, length and seats are those that are searched for, unless others are given. "An hour
        /// later" counts from it.
        moving: Query<Option<Field<AppointmentId>>>,
        /// How many at most; 20 if it is left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AvailabilityOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let read = Read::of(&self.0, &Directory).and(&Agenda);
        let read = if moving.is_some() { read.and(&Appointments) } else { read };
        read.at(&min_position).ready().await?;
        let limit = limit.unwrap_or(SLOTS);
        if !(1..=SLOTS_MAX).contains(&limit) {
            return Err(Problem::bad_request(Fault::query(
                "limit",
                format_args!("must be from 1 to {SLOTS_MAX}"),
            ))
            .into());
        }
        let moved = match moving.0 {
            Some(id) => Some(self.moved(tenant, id.0).await?),
            None => None,
        };
        let own_service = moved.as_ref().map(|slot| slot.service_id);
        let service_id = service_id.0.map(|id| id.0).or(own_service);
        let Some(service_id) = service_id else {
            let detail = "is missing; give it, or an appointment in moving";
            return Err(Problem::bad_request(Fault::query("service_id", detail)).into());
        };
        let offer = self.0.open_slots.offer(tenant, service_id).await?;
        // It keeps its length and seats.
        let kept = moved.as_ref().filter(|slot| slot.service_id == service_id);
        let now = self.0.bus.clock().now();
        let asked = Asked {
            day: day.as_deref(),
            part_of_day: part_of_day.as_deref(),
            time: time.as_deref(),
            last_day: None,
        };
        let setting = Setting {
            now,
            zone: offer.zone(),
            language: offer.language,
            country: offer.country,
            schedule: &offer.rules.business.schedule,
            moving: moved.as_ref().map(|slot| slot.time.start),
            is_typed: true,
        };
        let when = when::understand(&asked, &setting)
            .map_err(|bad| Problem::bad_request(misunderstood(&asked, &bad)))?;
        let has_span = from.is_some() || to.is_some();
        let mut query = if when.dates.is_some() && has_span {
            return Err(Problem::bad_request(Fault::query("day", "give either day, or from and to")).into());
        } else if when.dates.is_some() {
            dates_query(when.dates, offer.zone(), now, TimeDelta::days(SPAN_DAYS))?
        } else {
            let from = from.as_ref().map_or(now, |from| from.0.max(now));
            let to = to.as_ref().map_or(from + TimeDelta::days(SPAN_DAYS), |to| to.0);
            let span = Interval::checked(from, to).map_err(|error| Fault::query("to", error))?;
            if span.end - span.start > TimeDelta::days(SPAN_DAYS_MAX) {
                let detail = format_args!("must be at most {SPAN_DAYS_MAX} days after from");
                return Err(Fault::query("to", detail).into());
            }
            SlotQuery::within(span, now, 0)
        };
        query.limit = limit.into();
        let with = resource_id.0.map(|id| id.0);
        let seats = seats.0.or(kept.and_then(|slot| slot.seats));
        query.terms = offer
            .terms(duration_minutes.0, seats, with)
            .map_err(|error| Fault::query(error.field(), error))?;
        query.terms.duration_minutes = duration_minutes.0.or(kept.map(BookedSlot::minutes));
        let query = query.at(when.times);
        let own = moved.as_ref().map(BookedSlot::own_time);
        let slots = self.0.open_slots.search(&offer, query, own.as_ref()).await?;
        let show = |slot: &Slot| {
            let slot = self.0.open_slot(tenant, offer.rules.service_id, slot, query.terms, now);
            OpenSlotOut::of(offer.zone(), slot)
        };
        let out = AvailabilityOut {
            service_id: Field(offer.rules.service_id),
            zone: Field(offer.zone()),
            slots: slots.iter().map(show).collect(),
        };
        Ok(Reply::new(out))
    }
}
