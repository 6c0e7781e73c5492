//! `…/appointments/{appointment_id}/calendar.ics`, `…/resources/{resource_id}/calendar-feed`, and outside the
//! OpenAPI document `/calendars/{address}`: appointments for calendar programs.
//!
//! Calendar programs send no key, so the address of a feed holds a secret: `{feed}_{secret}.ics`. Read models
//! answer it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::crypto::{random_secret, same_secret, sha256_hex};
use frontdesk_application::app::App;
use frontdesk_application::calendar::{self, Invitation, Shown};
use frontdesk_domain::integrations::calendar_feed::{CalendarFeedError, FeedIssue};
use frontdesk_domain::integrations::commands::calendar_feeds::{IssueCalendarFeed, RevokeCalendarFeed};
use frontdesk_domain::kernel::ids::{
    AppointmentId, BusinessId, CalendarFeedId, ResourceId, ServiceId, StreamId,
};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::scheduling::business::BusinessProfile;
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::scheduling::service::Service;
use frontdesk_domain::values::email::Email;
use frontdesk_domain::values::interval::Interval;
use frontdesk_projections::appointments::{self, AppointmentRow, Appointments, Status};
use frontdesk_projections::calendar_feeds::{self, CalendarFeeds, FeedRow};
use frontdesk_projections::customers::{self, CustomerRow, Customers};
use frontdesk_projections::directory;
use poem::http::{HeaderMap, StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response, handler};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::businesses::entry;
use super::caller::Caller;
use super::fault::Fault;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::Read;
use super::reply::{Created, Done, Out, Reply};
use super::representation;
use super::tag::Tag;
use super::write::Write;

/// Where the secret addresses are.
pub const FEEDS: &str = "/calendars";
/// What stands in a feed: from so long ago until so far ahead, and no more than this.
const DAYS_BACK: i64 = 90;
const DAYS_AHEAD: i64 = 365;
const EVENTS_MAX: u16 = 20_000;
/// Cancelled appointments stand in a feed for so long, so that programs which never remove anything learn of
/// it.
const CANCELLED_DAYS: i64 = 30;

/// What goes into the calendar of a resource.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewCalendarFeed", deny_unknown_fields)]
pub struct FeedIn {
    /// Show customers' names. Without it, an appointment shows its service and that it is booked.
    #[oai(default)]
    pub names_customers: bool,
}

/// The address of a resource's calendar, and what the calendar shows.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "CalendarFeed", skip_serializing_if_is_none)]
pub struct FeedOut {
    pub resource_id: Field<ResourceId>,
    /// Whether it shows customers' names.
    pub names_customers: bool,
    /// When the address was issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// The address to subscribe to: shown once, when it is issued.
    pub url: Option<String>,
}

impl Out for FeedOut {}

impl FeedOut {
    fn of_row(row: &FeedRow) -> Self {
        Self {
            resource_id: Field(row.resource_id()),
            names_customers: row.names_customers,
            issued_at: Some(row.issued_at),
            url: None,
        }
    }
}

/// An iCalendar text, or that it is as it was.
#[derive(Debug)]
pub struct CalendarText {
    text: String,
    etag: String,
    is_known: bool,
    max_age_seconds: u32,
}

impl CalendarText {
    fn new(text: String, if_none_match: Option<&str>, max_age_seconds: u32) -> Self {
        // Weak, so that it may be compressed.
        let etag = format!("W/\"{}\"", &sha256_hex(text.as_bytes())[..32]);
        let is_known = if_none_match.is_some_and(|tags| representation::names(tags, &etag));
        Self { text, etag, is_known, max_age_seconds }
    }
}

impl IntoResponse for CalendarText {
    fn into_response(self) -> Response {
        let response = Response::builder()
            .header(header::ETAG, self.etag)
            .header(header::CACHE_CONTROL, format!("private, max-age={}", self.max_age_seconds));
        if self.is_known {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        response.content_type("text/calendar; charset=utf-8").body(self.text)
    }
}

impl ApiResponse for CalendarText {
    fn meta() -> MetaResponses {
        let response = |status, description, content| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers: vec![],
        };
        let content = vec![MetaMediaType { content_type: "text/calendar", schema: String::schema_ref() }];
        MetaResponses {
            responses: vec![
                response(200, "An iCalendar text (RFC 5545).", content),
                response(304, "It is what If-None-Match names.", vec![]),
            ],
        }
    }

    fn register(_: &mut Registry) {}
}

fn secret_hash(app: &App, secret: &str) -> String {
    app.bus.hasher().hash("calendar-feed", secret.as_bytes()).to_string()
}

/// The last part of the address of a feed.
fn address(id: CalendarFeedId, secret: &str) -> String {
    let name = id.to_string();
    let name = name.trim_start_matches(CalendarFeedId::PREFIX).trim_start_matches('_');
    format!("{name}_{secret}.ics")
}

/// The feed that an address names, and the secret in it.
fn parts(address: &str) -> Option<(CalendarFeedId, &str)> {
    let (name, secret) = address.strip_suffix(".ics")?.split_once('_')?;
    Some((format!("{}_{name}", CalendarFeedId::PREFIX).parse().ok()?, secret))
}

async fn profile(app: &App, tenant: BusinessId) -> Result<BusinessProfile, Problem> {
    let business = entry(app, tenant).await?.state;
    Ok(business.registered().map_err(|error| Problem::not_found(error.to_string()))?.profile.clone())
}

/// The calendar of a resource, for whoever knows its address.
#[handler]
pub async fn feed(
    app: Data<&App>,
    address: poem::web::Path<String>,
    headers: &HeaderMap,
) -> Result<CalendarText, Problem> {
    let nothing = || Problem::not_found("there is no calendar at this address");
    let (id, secret) = parts(&address).ok_or_else(nothing)?;
    let hash = secret_hash(&app, secret);
    let is_right = |row: &FeedRow| same_secret(row.secret_hash.as_bytes(), hash.as_bytes());
    let find = || async { Ok::<_, sqlx::Error>(calendar_feeds::find(&app.pool, id).await?.filter(is_right)) };
    let row = app.positions.find(&CalendarFeeds, find).await?.ok_or_else(nothing)?;
    let if_none_match = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    Ok(CalendarText::new(text_of(&app, &row).await?, if_none_match, 300))
}

async fn text_of(app: &App, row: &FeedRow) -> Result<String, Problem> {
    let (tenant, now) = (row.tenant(), app.bus.clock().now());
    let business = profile(app, tenant).await?;
    let resource = directory::find::<Resource>(&app.pool, tenant, row.resource_id().uuid()).await?;
    let resource = resource
        .as_ref()
        .and_then(|entry| entry.state.known().ok())
        .map(|known| known.details.name.to_string());
    let period = Interval::new(now - TimeDelta::days(DAYS_BACK), now + TimeDelta::days(DAYS_AHEAD));
    let cancelled_since = now - TimeDelta::days(CANCELLED_DAYS);
    let rows =
        appointments::calendar(&app.pool, tenant, row.resource_id(), period, cancelled_since, EVENTS_MAX)
            .await?;
    let ids: BTreeSet<_> = rows.iter().map(|row| row.slot.service_id.uuid()).collect();
    let services = app.cache.states::<Service>(tenant, &ids.into_iter().collect::<Vec<_>>()).await?;
    let service = |id: ServiceId| services.get(&id.uuid()).and_then(|service| service.known().ok());
    let events = rows.iter().map(|appointment| {
        let service =
            service(appointment.slot.service_id).map(|known| known.details.name.as_str()).unwrap_or_default();
        calendar::event(
            appointment,
            Shown { business: &business, service, names_customer: row.names_customers },
        )
    });
    let name = resource
        .map_or_else(|| business.name.to_string(), |resource| format!("{resource}, {}", business.name));
    Ok(calendar::feed(&name, events))
}

/// The first email address of a customer.
fn email(row: &CustomerRow) -> Option<Email> {
    row.details()?.addresses.iter().filter_map(Personal::known).find_map(|address| match address {
        ContactAddress::Email(email) => Some(email.clone()),
        ContactAddress::Phone(_) | ContactAddress::Whatsapp(_) => None,
    })
}

pub struct CalendarsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Calendars")]
impl CalendarsApi {
    /// Get an appointment as a calendar file
    ///
    /// For adding it to a calendar: METHOD PUBLISH, or CANCEL once it is cancelled. With organizer it is an
    /// invitation of the customer (METHOD REQUEST or CANCEL), to be sent from that address.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/calendar.ics",
        method = "get",
        operation_id = "get_appointment_calendar"
    )]
    async fn appointment(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        /// The email address that the business invites from.
        organizer: Query<Option<Field<Email>>>,
        /// The ETag that you have. If it is still the one, the reply is 304 and empty.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        min_position: Query<Option<String>>,
    ) -> Result<CalendarText, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let app = &self.0;
        let shows =
            |row: &AppointmentRow| !matches!(row.status, Status::Held | Status::Released | Status::Lapsed);
        let find = || async {
            let row = appointments::find(&app.pool, tenant, appointment_id.0.0).await?;
            Ok::<_, sqlx::Error>(row.filter(shows))
        };
        let read = Read::of(app, &Appointments).and(&Customers).at(&min_position);
        let row = read.one("there is no such appointment", find).await?;
        let business = profile(app, tenant).await?;
        let service = app.cache.states::<Service>(tenant, &[row.slot.service_id.uuid()]).await?;
        let service =
            service.values().find_map(|service| Some(service.known().ok()?.details.name.to_string()));
        let attendee = match (&*organizer, row.customer_id) {
            (Some(_), Some(customer)) => {
                customers::find(&app.pool, tenant, customer).await?.and_then(|row| email(&row))
            }
            _ => None,
        };
        let invitation = match (&*organizer, &attendee) {
            (None, _) => None,
            (Some(organizer), Some(attendee)) => Some(Invitation { organizer: &organizer.0, attendee }),
            (Some(_), None) => {
                let detail = "the customer has no email address to invite";
                return Err(Problem::bad_request(Fault::query("organizer", detail)).into());
            }
        };
        let shown =
            Shown { business: &business, service: &service.unwrap_or_default(), names_customer: true };
        Ok(CalendarText::new(calendar::file(&row, shown, invitation), if_none_match.as_deref(), 0))
    }

    /// Issue the address of a resource's calendar
    ///
    /// Subscribe to it in Google Calendar, Apple Calendar or Outlook. Whoever knows the address reads the
    /// calendar. It is in the reply and nowhere else; issuing it again makes a new one, and the one before
    /// leads nowhere from then on.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/calendar-feed",
        method = "post",
        operation_id = "issue_calendar_feed"
    )]
    async fn issue(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        body: Json<FeedIn>,
    ) -> Result<Created<FeedOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let (app, secret) = (&self.0, random_secret());
        let command = IssueCalendarFeed {
            resource_id: resource_id.0.0,
            secret_hash: secret_hash(app, &secret),
            names_customers: body.names_customers,
        };
        let show = |issue: FeedIssue| FeedOut {
            resource_id: Field(issue.resource_id),
            names_customers: issue.names_customers,
            issued_at: None,
            url: Some(format!(
                "{}{FEEDS}/{}",
                app.public_url,
                address(CalendarFeedId::of(tenant, issue.resource_id), &secret)
            )),
        };
        Write::by(&caller, tenant).run(app, &command, show).await
    }

    /// Get what a resource's calendar shows
    ///
    /// The address itself is not shown.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/calendar-feed",
        method = "get",
        operation_id = "get_calendar_feed"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<FeedOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &CalendarFeeds).at(&min_position).ready().await?;
        let id = CalendarFeedId::of(tenant, resource_id.0.0);
        let row = self.0.positions.find(&CalendarFeeds, || calendar_feeds::find(&self.0.pool, id)).await?;
        let row = row.ok_or_else(|| Problem::refused(&CalendarFeedError::NotFound.into()))?;
        Ok(Reply::new(FeedOut::of_row(&row)))
    }

    /// Revoke the address of a resource's calendar
    ///
    /// It leads nowhere from then on.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/calendar-feed",
        method = "delete",
        operation_id = "revoke_calendar_feed"
    )]
    async fn revoke(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant)
            .run_silently(&self.0, &RevokeCalendarFeed { resource_id: resource_id.0.0 })
            .await
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_address_names_its_feed_and_hides_its_secret() {
        let id = CalendarFeedId::from_uuid(Uuid::from_u128(7));
        assert_eq!(address(id, "se_cret"), "00000000000000000000000007_se_cret.ics");
        assert_eq!(parts(&address(id, "se_cret")), Some((id, "se_cret")));
        for address in
            ["", ".ics", "x_y.ics", "00000000000000000000000007_s", "0000000000000000000000000Z_s.ics"]
        {
            assert_eq!(parts(address), None, "{address}");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let etag = CalendarText::new("a".into(), None, 0).etag;
        let is_known = |tags: &str| CalendarText::new("a".into(), Some(tags), 0).is_known;
        assert!(is_known(&etag) && is_known("*") && is_known(&format!("\"x\", W/{etag}")));
        assert!(
            !is_known("\"x\"") && !is_known("") && !CalendarText::new("b".into(), Some(&etag), 0).is_known
        );
    }
}
