//! `check_availability`: the open times that suit a caller, or why there are none and what there is instead.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use frontdesk_domain::booking::appointment::{Appointment, BookedSlot};
use frontdesk_domain::conversations::call::Call;
use frontdesk_domain::conversations::tools::answers::{self, CHOICES_MAX, OfferedService};
use frontdesk_domain::conversations::tools::arguments::Arguments;
use frontdesk_domain::kernel::ids::{AppointmentId, ResourceId, StreamId};
use frontdesk_domain::kernel::refusal::OpenSlot;
use frontdesk_domain::languages::when::{Dates, Named, Times};
use frontdesk_domain::languages::{Mistake, Reason};
use frontdesk_domain::people::names::is_same_name;
use frontdesk_domain::scheduling::availability::booked::OwnTime;
use frontdesk_domain::scheduling::availability::{Query, Slot, Terms};
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::{BadTerms, ServiceDetails, naming};
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::time::{TimeOfDay, Zone};

use super::context::ToolContext;
use super::found::{Found, Unanswered};
use super::reading::{SEARCH_DAYS, mistaken, service_named, when_named};
use crate::app::App;
use crate::reads::ReadError;
use crate::reads::open_slots::{Offer, dates_query};

/// How far after what was asked for other times are looked for.
const INSTEAD_DAYS: i64 = 90;
/// Among how many times of one day the nearest are chosen.
const OF_A_DAY_MAX: usize = 200;
/// How far from the day of an appointment that is moved the nearest times are looked for, one after the other.
const AROUND_DAYS: [i64; 2] = [0, 3];
/// Among how many times around an appointment the nearest are chosen.
const AROUND_MAX: usize = 1_000;

pub async fn check_availability(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Found, Unanswered> {
    let moving = match arguments.appointment_id("appointment_id")? {
        Some(id) => Some(to_move(app, context, id).await?),
        None => None,
    };
    let service_id = match (&moving, arguments.wish("service")?) {
        (Some(slot), None) => slot.service_id,
        (_, said) => service_named(app, context, said.as_deref()).await?.0,
    };
    let offer = app.open_slots.offer(context.tenant, service_id).await?;
    let people = people(app, context, &offer.rules.service).await?;
    let kept = moving.as_ref().filter(|slot| slot.service_id == service_id);
    let speech = context.speech(now);
    let setting = context.setting(now, moving.as_ref().map(|slot| slot.time.start));
    let when = when_named(arguments, &setting)?;
    let minutes = arguments.minutes("duration_minutes", &setting)?;
    let terms = terms(arguments, &offer, &people, kept, minutes)?;
    let zone = speech.zone;
    let present = kept.filter(|slot| !is_asked_for(when.times, slot, zone) && is_like(slot, &terms));
    let own = moving.as_ref().map(BookedSlot::own_time);
    let search = Search { app, offer: &offer, own, present: present.map(|slot| slot.time), zone };
    let query = dates_query(when.dates, zone, now, TimeDelta::days(SEARCH_DAYS)).map_err(mistaken)?;
    let query = Query { terms, ..query.at(when.times) };
    let around = match &moving {
        Some(slot) if when.dates.is_none() => search.around(slot.time.start, query, when.times).await?,
        _ => None,
    };
    let is_one_day = when.dates.is_some_and(|dates| dates.last == Some(dates.first));
    let (query, is_one_day, slots) = match around {
        Some(found) => found,
        None => (query, is_one_day, search.suiting(query, when.times, is_one_day).await?),
    };
    // The nearest to a time that is named may be far from it.
    let at = (is_one_day && when.times.named == Named::Exact).then(|| search.at(query, when.times));
    let has_none = match at {
        Some(at) => search.find(at, 1).await?.is_empty(),
        None => slots.is_empty(),
    };
    let service = OfferedService { details: &offer.rules.service, people: &choice(&people) };
    let open = |slots: &[Slot]| -> Vec<OpenSlot> {
        slots.iter().map(|slot| app.open_slot(context.tenant, service_id, slot, terms, now)).collect()
    };
    let text = if has_none {
        let why = app.open_slots.why_none(&offer, at.unwrap_or(query), search.own.as_ref()).await?;
        let instead = if slots.is_empty() { search.instead(query).await? } else { slots };
        answers::none_open(&service, why, &open(&instead), &speech)
    } else {
        answers::open_times(&service, &open(&slots), &speech)
    };
    Ok(Found::of(text))
}

/// What an appointment takes that the caller has heard of in this call.
async fn to_move(app: &App, context: &ToolContext<'_>, id: AppointmentId) -> Result<BookedSlot, Unanswered> {
    let call = app.bus.latest::<Call>(context.call_id).await?;
    call.may_prove(None).map_err(|error| ReadError::Refused(error.into()))?;
    if !call.has_disclosed(id) {
        return Err(Mistake::Refused(Reason::AppointmentNotDisclosed).into());
    }
    let appointment = app.bus.latest::<Appointment>(id).await?;
    let booking = appointment.standing().map_err(|error| ReadError::Refused(error.into()))?;
    Ok(booking.slot.clone())
}

/// Whether a caller names the time at which the appointment is already.
fn is_asked_for(times: Times, slot: &BookedSlot, zone: Zone) -> bool {
    let wall = zone.wall(slot.time.start);
    let minutes = wall.hour() * 60 + wall.minute();
    times.named == Named::Exact && u32::from(times.from.minutes()) == minutes
}

/// Whether an appointment is with whom, and for as many, as the caller wants it.
fn is_like(slot: &BookedSlot, terms: &Terms) -> bool {
    let is_with = terms.with.is_none_or(|with| slot.resources.contains(&with));
    is_with && slot.seats.unwrap_or(1) == terms.seats
}

/// Whom a service can be had with, by name.
async fn people(
    app: &App,
    context: &ToolContext<'_>,
    service: &ServiceDetails,
) -> Result<Vec<(ResourceId, String)>, Unanswered> {
    let Some(need) = service.needs.first() else { return Ok(vec![]) };
    let ids: Vec<_> = need.any_of.iter().map(|id| id.uuid()).collect();
    let found = app.cache.states::<Resource>(context.tenant, &ids).await?;
    let named = |id: &ResourceId| {
        let resource: &Arc<Resource> = found.get(&id.uuid())?;
        Some((*id, resource.known().ok()?.details.name.to_string()))
    };
    Ok(need.any_of.iter().filter_map(named).collect())
}

fn names(people: &[(ResourceId, String)]) -> Vec<&str> {
    people.iter().map(|(_, name)| name.as_str()).collect()
}

/// Whom a caller can choose among.
fn choice(people: &[(ResourceId, String)]) -> Vec<&str> {
    if people.len() > 1 { names(people) } else { vec![] }
}

/// For how long, for how many and with whom, as the caller wants it.
fn terms(
    arguments: &Arguments<'_>,
    offer: &Offer,
    people: &[(ResourceId, String)],
    kept: Option<&BookedSlot>,
    minutes: Option<u32>,
) -> Result<Terms, Unanswered> {
    let service = &offer.rules.service;
    let seats = arguments.number("seats")?.or(kept.and_then(|slot| slot.seats)).unwrap_or(1);
    let with = match arguments.wish("with")? {
        Some(said) => {
            let names = names(people);
            let named: Vec<usize> = (0..names.len()).filter(|at| is_same_name(&said, names[*at])).collect();
            let found = match named[..] {
                [one] => Ok(one),
                _ => naming::meant(&said, &names),
            };
            let listed = || names.iter().map(|name| (*name).to_owned()).collect();
            let number = found.map_err(|_| Mistake::WithWhom(listed()))?;
            people.get(number).map(|(id, _)| *id)
        }
        // Whoever is moved stays with the same person.
        None => kept
            .and_then(|slot| slot.resources.first().copied())
            .filter(|own| people.iter().any(|(id, _)| id == own)),
    };
    let asked = Terms { duration_minutes: minutes, seats, with };
    service.allows(&asked).map_err(|bad| match bad {
        BadTerms::Duration { offered, got } => Mistake::Length { offered, got },
        BadTerms::Seats(max) => Mistake::Seats { max },
        BadTerms::Resource => Mistake::WithWhom(names(people).into_iter().map(str::to_owned).collect()),
    })?;
    Ok(Terms { duration_minutes: minutes.or(kept.map(BookedSlot::minutes)), ..asked })
}

struct Search<'a> {
    app: &'a App,
    offer: &'a Offer,
    /// Of the appointment that is moved.
    own: Option<OwnTime>,
    /// Its own time, if that is no answer.
    present: Option<Interval>,
    zone: Zone,
}

impl Search<'_> {
    async fn find(&self, query: Query, limit: usize) -> Result<Vec<Slot>, ReadError> {
        let query = Query { limit: limit + usize::from(self.present.is_some()), ..query };
        let mut slots = self.app.open_slots.search(self.offer, query, self.own.as_ref()).await?;
        slots.retain(|slot| Some(slot.time) != self.present);
        slots.truncate(limit);
        Ok(slots)
    }

    /// On the day of an appointment that is moved, else on the days around it: the nearest.
    async fn around(
        &self,
        start: DateTime<Utc>,
        query: Query,
        times: Times,
    ) -> Result<Option<(Query, bool, Vec<Slot>)>, ReadError> {
        let day = self.zone.date(start);
        for days in AROUND_DAYS {
            let dates = Dates { first: day - TimeDelta::days(days), last: Some(day + TimeDelta::days(days)) };
            let Ok(Query { span, .. }) = dates_query(Some(dates), self.zone, query.now, TimeDelta::zero())
            else {
                continue;
            };
            let (query, is_one_day) = (Query { span, ..query }, days == 0);
            let slots = if times.named == Named::Exact {
                self.suiting(query, times, is_one_day).await?
            } else {
                let mut slots = self.find(query, AROUND_MAX).await?;
                slots.sort_by_key(|slot| (slot.time.start - start).abs());
                slots.truncate(CHOICES_MAX + 1);
                slots
            };
            if !slots.is_empty() {
                return Ok(Some((query, is_one_day, slots)));
            }
        }
        Ok(None)
    }

    /// One more than is told, if there are more.
    async fn suiting(&self, query: Query, times: Times, is_one_day: bool) -> Result<Vec<Slot>, ReadError> {
        if times.named != Named::Exact {
            return self.find(query, CHOICES_MAX + 1).await;
        }
        if is_one_day {
            // Before the time, too: the nearest are wanted.
            let day = Query { from_time: TimeOfDay::START, to_time: TimeOfDay::END, ..query };
            let mut slots = self.find(day, OF_A_DAY_MAX).await?;
            // Of two that are as near, the later one; of an hour that comes twice, the first.
            let clock = |slot: &Slot| self.zone.wall(slot.time.start);
            slots
                .sort_by_key(|slot| (self.distance(slot, times.from), Reverse(clock(slot)), slot.time.start));
            slots.truncate(CHOICES_MAX + 1);
            return Ok(slots);
        }
        let minute = TimeOfDay::from_minutes(times.from.minutes() + 1).unwrap_or(TimeOfDay::END);
        let exact = self.find(Query { to_time: minute, ..query }, CHOICES_MAX + 1).await?;
        if exact.is_empty() { self.find(query, CHOICES_MAX + 1).await } else { Ok(exact) }
    }

    /// From a named time on to where the grid has its next start.
    fn at(&self, query: Query, times: Times) -> Query {
        let step = u16::try_from(self.offer.rules.service.grid.step_minutes).unwrap_or(u16::MAX);
        let end = TimeOfDay::from_minutes(times.from.minutes().saturating_add(step));
        Query { from_time: times.from, to_time: end.unwrap_or(TimeOfDay::END), ..query }
    }

    /// How many minutes a slot starts from a time of day.
    fn distance(&self, slot: &Slot, time: TimeOfDay) -> u32 {
        let wall = self.zone.wall(slot.time.start);
        (wall.hour() * 60 + wall.minute()).abs_diff(time.minutes().into())
    }

    /// What there is instead: at the same times of later days, then at any time from then on, then from now
    /// on.
    async fn instead(&self, query: Query) -> Result<Vec<Slot>, ReadError> {
        let span = |from: DateTime<Utc>| Interval::starting(from, TimeDelta::days(INSTEAD_DAYS));
        let any_time = Query { from_time: TimeOfDay::START, to_time: TimeOfDay::END, ..query };
        let start = query.span.start.max(query.now);
        for tried in [
            Query { span: span(start), ..query },
            Query { span: span(start), ..any_time },
            Query { span: span(query.now), ..any_time },
        ] {
            let found = self.find(tried, CHOICES_MAX).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(vec![])
    }
}
