//! Tools that only read.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_domain::booking::waitlist::Wish;
use frontdesk_domain::conversations::tools::arguments::Arguments;
use frontdesk_domain::conversations::tools::opening::opening_hours;
use frontdesk_domain::conversations::tools::services::offered;
use frontdesk_domain::kernel::ids::{BusinessId, ServiceId, StreamId};
use frontdesk_domain::languages::Mistake;
use frontdesk_domain::languages::when::{self, Asked, Setting, Times, When};
use frontdesk_domain::scheduling::availability::Terms;
use frontdesk_domain::scheduling::service::{Service, ServiceDetails, naming};
use frontdesk_domain::values::hours::Dates;
use frontdesk_projections::directory::Directory;
use uuid::Uuid;

use super::context::ToolContext;
use super::found::{Found, Unanswered};
use crate::app::App;
use crate::reads::ReadError;
use crate::reads::open_slots::BadDay;

/// How far ahead a caller who names no day is offered times.
pub(super) const SEARCH_DAYS: i64 = 30;

/// What a caller wants to wait for: any of the next days, if they named none.
pub async fn wish(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Wish, Unanswered> {
    let (service_id, _) = service_named(app, context, arguments.wish("service")?.as_deref()).await?;
    let today = context.speech(now).zone.date(now);
    let When { dates, times } = when_named(arguments, &context.setting(now, None))?;
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
        services_of(app, context.tenant).await?.iter().filter_map(bookable).collect();
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

/// The services of a business. Where there are none, the first one may have been added a moment ago.
async fn services_of(app: &App, tenant: BusinessId) -> Result<Vec<(Uuid, Arc<Service>)>, ReadError> {
    let services = app.cache.services(tenant).await?;
    if services.iter().any(|(_, service)| service.bookable().is_ok()) {
        return Ok(services);
    }
    app.positions.catch_up(&Directory).await;
    app.cache.services(tenant).await
}

fn which(services: Vec<(ServiceId, String)>) -> Unanswered {
    Mistake::WhichService(services.into_iter().map(|(_, name)| name).collect()).into()
}

pub fn business_hours(
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Found, Unanswered> {
    let (schedule, speech) = (&context.business.schedule, context.speech(now));
    let named = when_named(arguments, &context.setting(now, None))?.dates;
    let text = opening_hours(schedule, speech.zone.date(now), named, &speech);
    Ok(Found::of(text))
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
    let services = services_of(app, context.tenant).await?;
    let told = services.iter().filter(|(id, _)| meant.is_none_or(|meant| meant == *id));
    let told: Vec<&ServiceDetails> = told.filter_map(|(_, service)| service.bookable().ok()).collect();
    let address = context.business.profile.address.as_ref().filter(|_| meant.is_none());
    if told.is_empty() && address.is_none() {
        return Err(Mistake::NoServices.into());
    }
    Ok(Found::of(offered(&told, address, context.language())))
}

/// What a caller has said of days and times.
pub(super) fn when_named(arguments: &Arguments<'_>, setting: &Setting<'_>) -> Result<When, Unanswered> {
    let text = |name| arguments.wish(name);
    let (day, last_day) = (text("day")?, text("last_day")?);
    let (part_of_day, time) = (text("part_of_day")?, text("time")?);
    let asked = Asked {
        day: day.as_deref(),
        last_day: last_day.as_deref(),
        part_of_day: part_of_day.as_deref(),
        time: time.as_deref(),
    };
    Ok(when::understand(&asked, setting)?)
}

pub(super) fn mistaken(error: BadDay) -> Mistake {
    match error {
        BadDay::Passed(date) => Mistake::DayPassed(date),
        BadDay::TooFar | BadDay::Period(_) => Mistake::DayTooFar,
    }
}
