//! Tools that only read.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_domain::booking::waitlist::Wish;
use frontdesk_domain::conversations::tools::answers::{self, ToChange, ToldAppointment};
use frontdesk_domain::conversations::tools::arguments::Arguments;
use frontdesk_domain::conversations::tools::disclosure::{Asker, still_to_say};
use frontdesk_domain::conversations::tools::opening::opening_hours;
use frontdesk_domain::conversations::tools::services::offered;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, ServiceId, StreamId};
use frontdesk_domain::languages::Mistake;
use frontdesk_domain::languages::when::{self, Asked, Setting, Times, When};
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::people::contact_point::ContactPoint;
use frontdesk_domain::people::customer::Customer;
use frontdesk_domain::scheduling::availability::Terms;
use frontdesk_domain::scheduling::business::Proof;
use frontdesk_domain::scheduling::service::{Service, ServiceDetails, naming};
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_projections::appointments::{self, AppointmentRow, Appointments, Filter, Status};
use frontdesk_projections::customers::Customers;
use frontdesk_projections::page::PageRequest;

use super::context::ToolContext;
use super::found::{Found, Unanswered};
use crate::app::App;
use crate::reads::ReadError;
use crate::reads::open_slots::BadDay;

/// How far ahead a caller who names no day is offered times.
pub(super) const SEARCH_DAYS: i64 = 30;
/// How many coming appointments are told of.
const APPOINTMENTS_MAX: usize = 5;
/// Among how many of a number those are looked for that the caller may hear of.
const APPOINTMENTS_READ_MAX: u16 = 50;
/// How long a caller waits for the list to show what they have just done.
const READ_PATIENCE: Duration = Duration::from_millis(800);

/// What a caller wants to wait for: any of the next days, if they named none.
pub async fn wish(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Wish, Unanswered> {
    let (service_id, _) = service_named(app, context, arguments.wish("service")?.as_deref()).await?;
    let today = context.speech().zone.date(now);
    let When { dates, times } = when_named(arguments, context, now)?;
    let named = dates.unwrap_or(when::Dates::from(today));
    let last = named.last.unwrap_or(named.first + TimeDelta::days(SEARCH_DAYS));
    if last < today {
        return Err(Mistake::DayPassed(last).into());
    }
    let (dates, Times { from: from_time, to: to_time, .. }) = (Dates { first: named.first, last }, times);
    Ok(Wish { service_id, terms: Terms::default(), dates, from_time, to_time })
}

/// The service that is meant by what the caller said.
pub(super) async fn service_named(
    app: &App,
    context: &ToolContext<'_>,
    said: Option<&str>,
) -> Result<(ServiceId, String), Unanswered> {
    let bookable = |(id, service): &(_, Arc<Service>)| {
        Some((ServiceId::from_uuid(*id), service.bookable().ok()?.name.to_string()))
    };
    let services: Vec<(ServiceId, String)> =
        app.cache.services(context.tenant).await?.iter().filter_map(bookable).collect();
    let names: Vec<&str> = services.iter().map(|(_, name)| name.as_str()).collect();
    let found = match said {
        Some(said) => naming::meant(said, &names),
        None if services.len() == 1 => Ok(0),
        None => Err(vec![]),
    };
    let listed = |number: usize| services.get(number).cloned();
    match found {
        Ok(number) => listed(number).ok_or_else(|| Mistake::NoServices.into()),
        Err(_) if services.is_empty() => Err(Mistake::NoServices.into()),
        // Nothing comes close: all that there is.
        Err(close) if close.is_empty() => Err(which(services)),
        Err(close) => Err(which(close.into_iter().filter_map(listed).collect())),
    }
}

fn which(services: Vec<(ServiceId, String)>) -> Unanswered {
    Mistake::WhichService(services.into_iter().map(|(_, name)| name).collect()).into()
}

pub async fn find_appointments(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Found, Unanswered> {
    let (speech, proof) = (context.speech(), context.business.profile.caller_proof);
    if proof.to_hear == Proof::Staff {
        return Ok(Found { text: answers::staff_only(speech.language), discloses: vec![] });
    }
    let (number, asker) = asker(context, arguments, now)?;
    if let Some(missing) = asker.lacks(proof.to_hear).first() {
        return Err(Mistake::Missing(missing).into());
    }
    let Some(customer_id) = customer_of(app, context.tenant, number).await? else {
        return Ok(Found { text: answers::found(&[], None, &speech), discloses: vec![] });
    };
    // All that this business has written about its customers. Late is better than never: after a while, what
    // there is.
    let followed = app.cache.follows(app.log().head().await?, READ_PATIENCE).await;
    let last = if followed { app.cache.last_event_of(context.tenant) } else { app.cache.followed() };
    let _ = app.positions.reach(&Appointments, last, READ_PATIENCE).await;
    let _ = app.positions.reach(&Customers, last, READ_PATIENCE).await;
    let page = appointments::list(
        &app.pool,
        context.tenant,
        &coming(customer_id, now),
        PageRequest { after: None, limit: APPOINTMENTS_READ_MAX },
    )
    .await?;
    let customer = customer_name(app, customer_id).await?;
    let shown = |row: AppointmentRow| {
        let day = row.slot.local_start.wall.date();
        let shown = asker.shown(customer.as_deref(), row.name.as_deref(), day)?;
        (shown >= proof.to_hear).then_some((row, shown))
    };
    let rows: Vec<_> = page.items.into_iter().filter_map(shown).take(APPOINTMENTS_MAX).collect();
    let mut ids: Vec<_> = rows.iter().map(|(row, _)| row.slot.service_id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let services = app.cache.states::<Service>(context.tenant, &ids).await?;
    let to_change = |shown: Proof| match proof.to_change() {
        Proof::Staff => ToChange::StaffOnly,
        needed if shown >= needed => ToChange::Free,
        needed => ToChange::AskFor(still_to_say(shown, needed)),
    };
    let told = rows.into_iter().map(|(row, shown)| {
        let service = services.get(&row.slot.service_id.uuid()).and_then(|service| service.known().ok());
        let service = service.map(|offered| offered.details.name.to_string()).unwrap_or_default();
        let (start, zone) = (row.slot.time.start, row.slot.local_start.zone);
        (ToldAppointment { id: row.id, service, start, zone, name: row.name }, to_change(shown))
    });
    let told: Vec<_> = told.collect();
    let is_free =
        |(told, to_change): &(ToldAppointment, _)| (*to_change == ToChange::Free).then_some(told.id);
    Ok(Found {
        discloses: told.iter().filter_map(is_free).collect(),
        text: answers::found(&told, customer.as_deref(), &speech),
    })
}

/// Whose number is meant, and what whoever asks says of the appointments: the number, a name, a day.
fn asker(
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<(PhoneNumber, Asker), Unanswered> {
    let other = arguments.phone("phone_number", context.business.profile.country)?;
    let is_callers =
        |other: &PhoneNumber| context.caller_number.is_some_and(|caller| caller.is_same_subscriber(other));
    let calls_from_it = other.as_ref().is_none_or(is_callers);
    let Some(number) = other.or_else(|| context.caller_number.cloned()) else {
        return Err(Mistake::HiddenNumber.into());
    };
    let name = arguments.name("name")?.map(|name| name.to_string());
    // Where no day is asked for, what is said of one does not matter.
    let day = match context.business.profile.caller_proof.to_change() {
        Proof::NameAndDay => when_named(arguments, context, now)?.dates,
        Proof::Number | Proof::Name | Proof::Staff => None,
    };
    let day = day.filter(|dates| dates.last == Some(dates.first)).map(|dates| dates.first);
    Ok((number, Asker { calls_from_it, name, day }))
}

/// Whose number it is.
pub(super) async fn customer_of(
    app: &App,
    tenant: BusinessId,
    number: PhoneNumber,
) -> Result<Option<CustomerId>, ReadError> {
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    let claims = ContactAddress::Phone(number).claims(hash, tenant);
    let points = app.bus.current_of::<ContactPoint>(&claims).await?;
    Ok(points.iter().find_map(|point| point.owner))
}

/// The appointments that are still to come.
pub(super) fn coming(customer_id: CustomerId, now: DateTime<Utc>) -> Filter {
    let statuses = vec![Status::Requested, Status::Booked, Status::CheckedIn];
    Filter { from: Some(now), customer_id: Some(customer_id), statuses, ..Filter::default() }
}

pub(super) async fn customer_name(app: &App, customer_id: CustomerId) -> Result<Option<String>, ReadError> {
    let customer = app.bus.current::<Customer>(customer_id).await?;
    let details = customer.details().ok();
    Ok(details.and_then(|details| details.name.known().map(|name| name.as_str().to_owned())))
}

pub fn business_hours(
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Found, Unanswered> {
    let (schedule, speech) = (&context.business.schedule, context.speech());
    let named = when_named(arguments, context, now)?.dates;
    let text = opening_hours(schedule, speech.zone.date(now), named, &speech);
    Ok(Found { text, discloses: vec![] })
}

pub async fn services(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
) -> Result<Found, Unanswered> {
    let meant = match arguments.wish("service")? {
        Some(said) => Some(service_named(app, context, Some(&said)).await?.0.uuid()),
        None => None,
    };
    let services = app.cache.services(context.tenant).await?;
    let told = services.iter().filter(|(id, _)| meant.is_none_or(|meant| meant == *id));
    let told: Vec<&ServiceDetails> = told.filter_map(|(_, service)| service.bookable().ok()).collect();
    let address = context.business.profile.address.as_ref().filter(|_| meant.is_none());
    if told.is_empty() && address.is_none() {
        return Err(Mistake::NoServices.into());
    }
    Ok(Found { text: offered(&told, address, context.language()), discloses: vec![] })
}

/// What a caller has said of days and times.
pub(super) fn when_named(
    arguments: &Arguments<'_>,
    context: &ToolContext<'_>,
    now: DateTime<Utc>,
) -> Result<When, Unanswered> {
    let text = |name| arguments.wish(name);
    let (day, last_day) = (text("day")?, text("last_day")?);
    let (part_of_day, time) = (text("part_of_day")?, text("time")?);
    let asked = Asked {
        day: day.as_deref(),
        last_day: last_day.as_deref(),
        part_of_day: part_of_day.as_deref(),
        time: time.as_deref(),
    };
    let profile = &context.business.profile;
    let setting = Setting {
        now,
        zone: profile.zone,
        language: context.language(),
        country: profile.country,
        schedule: &context.business.schedule,
    };
    Ok(when::understand(&asked, &setting)?)
}

pub(super) fn mistaken(error: BadDay) -> Mistake {
    match error {
        BadDay::Passed(date) => Mistake::DayPassed(date),
        BadDay::TooFar | BadDay::Period(_) => Mistake::DayTooFar,
    }
}
