//! `/api/v1/businesses/{business_id}/resources`: who and what can be booked.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{AgendaDayId, AppointmentId, BusinessId, ResourceId, ServiceId, StreamId, TimeOffId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::scheduling::commands::resources::{
    AddResource, AddTimeOff, ChangeResource, RemoveResourceDateOverride, RemoveTimeOff, ResourceView, RetireResource,
    SetResourceDateOverride,
};
use frontdesk_domain::scheduling::resource::{Resource, ResourceDetails, Stay, TimeOff};
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::text::{Name, Note};
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::agenda::{self, Agenda, Taken};
use frontdesk_projections::directory::{self, Directory, Entry};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};

use super::Tag;
use super::businesses::entry;
use super::caller::Caller;
use super::field::Field;
use super::hours::{DateOverrideDto, HoursDto, day, overrides_out};
use super::paging::List;
use super::problem::{Problem, ReadProblem};
use super::reply::{Created, Done, Out, Reply, Write, seen_version};

/// Who or what it is.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ResourceDetails", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ResourceIn {
    pub name: Field<Name>,
    /// Where its hours are read; the business's zone unless it has its own.
    pub zone: Option<Field<Zone>>,
    /// Its own hours, within those of the business. Without any it follows the business.
    pub hours: Option<HoursDto>,
    /// Its own hours hold even when the business is closed.
    #[oai(default)]
    pub ignores_business_hours: bool,
    /// Where it is on some dates: its hours are read on the clock there.
    #[oai(default, validator(max_items = 100))]
    pub stays: Vec<StayDto>,
    /// How many appointments it takes at a time.
    #[oai(default = "one", validator(minimum(value = "1"), maximum(value = "1000")))]
    pub capacity: u32,
}

fn one() -> u32 {
    1
}

/// Some dates in another zone, both included, as they are counted there.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Stay", deny_unknown_fields)]
pub struct StayDto {
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// An IANA time zone.
    pub zone: Field<Zone>,
}

impl ResourceIn {
    fn read(self) -> Result<ResourceDetails, Problem> {
        Ok(ResourceDetails {
            name: self.name.0,
            zone: self.zone.map(|zone| zone.0),
            hours: self.hours.map(|hours| hours.read()).transpose()?,
            ignores_business_hours: self.ignores_business_hours,
            stays: self
                .stays
                .into_iter()
                .map(|stay| Stay { dates: Dates { first: stay.first, last: stay.last }, zone: stay.zone.0 })
                .collect(),
            capacity: self.capacity,
        })
    }

    fn of(details: &ResourceDetails) -> Self {
        Self {
            name: Field(details.name.clone()),
            zone: details.zone.map(Field),
            hours: details.hours.as_ref().map(HoursDto::from),
            ignores_business_hours: details.ignores_business_hours,
            stays: details
                .stays
                .iter()
                .map(|stay| StayDto { first: stay.dates.first, last: stay.dates.last, zone: Field(stay.zone) })
                .collect(),
            capacity: details.capacity,
        }
    }
}

/// A period in which it cannot be booked.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewTimeOff", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct TimeOffIn {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Kept encrypted: why is somebody's own affair.
    pub reason: Option<Field<Note>>,
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "TimeOff", skip_serializing_if_is_none)]
pub struct TimeOffOut {
    pub id: Field<TimeOffId>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub reason: Option<String>,
}

impl Out for TimeOffOut {}

impl TimeOffOut {
    fn of(time_off: TimeOff) -> Self {
        let reason = time_off.reason.and_then(Personal::into_known).map(String::from);
        Self { id: Field(time_off.id), start: time_off.period.start, end: time_off.period.end, reason }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Resource")]
pub struct ResourceOut {
    pub id: Field<ResourceId>,
    pub version: i64,
    pub details: ResourceIn,
    /// By ISO date.
    pub date_overrides: BTreeMap<String, DateOverrideDto>,
    pub time_off: Vec<TimeOffOut>,
    /// It can no longer be booked.
    pub retired: bool,
}

impl Out for ResourceOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl ResourceOut {
    fn of(view: ResourceView) -> Self {
        Self {
            id: Field(view.id),
            version: view.version,
            details: ResourceIn::of(&view.resource.details),
            date_overrides: overrides_out(&view.resource.schedule),
            time_off: view.resource.time_off.into_iter().map(TimeOffOut::of).collect(),
            retired: view.resource.retired,
        }
    }

    fn of_entry(entry: Entry<Resource>) -> Option<Self> {
        let resource = entry.state.known().ok()?.clone();
        Some(Self::of(ResourceView { id: ResourceId::from_uuid(entry.id), version: entry.version, resource }))
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ResourcePage", skip_serializing_if_is_none)]
pub struct ResourcePage {
    pub items: Vec<ResourceOut>,
    pub next_cursor: Option<String>,
}

impl Out for ResourcePage {}

/// Something that takes time of a resource.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AgendaEntry", skip_serializing_if_is_none)]
pub struct AgendaEntryOut {
    pub appointment_id: Field<AppointmentId>,
    pub service_id: Field<ServiceId>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// With its buffers.
    pub busy_from: DateTime<Utc>,
    pub busy_to: DateTime<Utc>,
    /// Seats of a class.
    pub seats: Option<u32>,
    /// Set while it is held and not booked.
    pub held_until: Option<DateTime<Utc>>,
}

fn entry_out(entry: agenda::Entry) -> Option<AgendaEntryOut> {
    let Taken::Time(occupation) = entry.taken else { return None };
    Some(AgendaEntryOut {
        appointment_id: Field(entry.appointment_id),
        service_id: Field(occupation.service_id),
        start: occupation.appointment.start,
        end: occupation.appointment.end,
        busy_from: occupation.padded().start,
        busy_to: occupation.padded().end,
        seats: occupation.seats,
        held_until: entry.held_until,
    })
}

/// What a resource has to do on a day.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Agenda")]
pub struct AgendaOut {
    pub resource_id: Field<ResourceId>,
    pub date: NaiveDate,
    /// The zone of the date.
    pub zone: Field<Zone>,
    pub entries: Vec<AgendaEntryOut>,
}

impl Out for AgendaOut {}

/// The span of time that the API takes part in; instants outside it are mistakes.
pub fn check_period(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Interval, Problem> {
    Interval::checked(start, end).map_err(|error| Problem::invalid(error.to_string()))
}

pub struct ResourcesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Resources")]
impl ResourcesApi {
    /// Add a resource
    #[oai(path = "/businesses/:business_id/resources", method = "post", operation_id = "add_resource")]
    async fn add(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<ResourceIn>,
    ) -> Result<Created<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = body.to_json().unwrap_or_default();
        let command = AddResource { details: body.0.read()? };
        let write = Write {
            caller: &caller,
            tenant,
            idempotency_key: idempotency_key.as_deref(),
            operation: "add_resource",
            body: content,
        };
        write.run(&self.0, &command, ResourceOut::of).await
    }

    /// List resources
    #[oai(path = "/businesses/:business_id/resources", method = "get", operation_id = "list_resources")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// next_cursor of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u16>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ResourcePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.positions.wait_for(&Directory, min_position.as_deref()).await?;
        let list = List { name: "resources", tenant: Some(tenant) };
        let page =
            directory::list::<Resource>(&self.0.pool, Some(tenant), list.request(&self.0, cursor.as_deref(), *limit)?).await?;
        let items = page.items.into_iter().filter_map(ResourceOut::of_entry).collect();
        Ok(Reply::new(ResourcePage { items, next_cursor: list.cursor(&self.0, page.next) }))
    }

    /// Get a resource
    #[oai(path = "/businesses/:business_id/resources/:resource_id", method = "get", operation_id = "get_resource")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ResourceOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.positions.wait_for(&Directory, min_position.as_deref()).await?;
        let entry =
            self.0.positions.find(&Directory, || directory::find::<Resource>(&self.0.pool, tenant, resource_id.0.0.uuid())).await?;
        let out = entry.and_then(ResourceOut::of_entry).ok_or_else(|| Problem::not_found("there is no such resource"))?;
        Ok(Reply::new(out))
    }

    /// Change a resource
    #[oai(path = "/businesses/:business_id/resources/:resource_id", method = "put", operation_id = "change_resource")]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        /// The ETag of the version that you have read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<ResourceIn>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(if_match.as_deref())?;
        let command = ChangeResource { resource_id: resource_id.0.0, details: body.0.read()?, seen_version };
        Write::plain(&caller, tenant).run(&self.0, &command, ResourceOut::of).await
    }

    /// Retire a resource
    ///
    /// It can no longer be booked; appointments with it stand.
    #[oai(path = "/businesses/:business_id/resources/:resource_id", method = "delete", operation_id = "retire_resource")]
    async fn retire(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::plain(&caller, tenant).run(&self.0, &RetireResource { resource_id: resource_id.0.0 }, ResourceOut::of).await
    }

    /// Set a resource's hours on one date
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/date-overrides/:date",
        method = "put",
        operation_id = "set_resource_date_override"
    )]
    async fn set_date_override(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        date: Path<NaiveDate>,
        body: Json<DateOverrideDto>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = SetResourceDateOverride { resource_id: resource_id.0.0, date: *date, hours: day("windows", &body.windows)? };
        Write::plain(&caller, tenant).run(&self.0, &command, ResourceOut::of).await
    }

    /// Let a date have its weekday's hours again
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/date-overrides/:date",
        method = "delete",
        operation_id = "remove_resource_date_override"
    )]
    async fn remove_date_override(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        date: Path<NaiveDate>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = RemoveResourceDateOverride { resource_id: resource_id.0.0, date: *date };
        Write::plain(&caller, tenant).run(&self.0, &command, ResourceOut::of).await
    }

    /// Keep a resource from being booked for a while
    ///
    /// Appointments in that time stand.
    #[oai(path = "/businesses/:business_id/resources/:resource_id/time-off", method = "post", operation_id = "add_time_off")]
    async fn add_time_off(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<TimeOffIn>,
    ) -> Result<Created<TimeOffOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = serde_json::json!([resource_id.0.to_string(), body.to_json()]);
        let period = check_period(body.start, body.end)?;
        let reason = body.0.reason.map(Field::personal);
        let command = AddTimeOff { resource_id: resource_id.0.0, period, reason };
        let write = Write {
            caller: &caller,
            tenant,
            idempotency_key: idempotency_key.as_deref(),
            operation: "add_time_off",
            body: content,
        };
        write.run(&self.0, &command, TimeOffOut::of).await
    }

    /// Take time off back
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/time-off/:time_off_id",
        method = "delete",
        operation_id = "remove_time_off"
    )]
    async fn remove_time_off(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        time_off_id: Path<Field<TimeOffId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = RemoveTimeOff { resource_id: resource_id.0.0, time_off_id: time_off_id.0.0 };
        Write::plain(&caller, tenant).run_silently(&self.0, &command).await
    }

    /// Get a resource's agenda
    #[oai(path = "/businesses/:business_id/resources/:resource_id/agenda", method = "get", operation_id = "get_agenda")]
    async fn agenda(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        /// A day of the business.
        date: Query<NaiveDate>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AgendaOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.positions.wait_for(&Directory, min_position.as_deref()).await?;
        self.0.positions.wait_for(&Agenda, min_position.as_deref()).await?;
        let business = entry(&self.0, tenant).await?;
        let zone = business.state.registered().map_err(|error| Problem::not_found(error.to_string()))?.profile.zone;
        let id = resource_id.0.0;
        if directory::find::<Resource>(&self.0.pool, tenant, id.uuid()).await?.is_none() {
            return Err(Problem::not_found("there is no such resource").into());
        }
        let tomorrow = date.succ_opt().ok_or_else(|| Problem::bad_request("date: too far ahead"))?;
        let period = check_period(zone.midnight(*date), zone.midnight(tomorrow))?;
        let days: Vec<_> = period.utc_days().map(|day| AgendaDayId::of(tenant, id, day).uuid()).collect();
        let agendas = agenda::streams(&self.0.pool, tenant, &days).await?;
        let now = self.0.bus.clock().now();
        let mut entries: Vec<AgendaEntryOut> =
            agendas.into_values().flat_map(|day| day.entries).filter(|entry| entry.counts(now)).filter_map(entry_out).collect();
        entries.retain(|entry| Interval::new(entry.start, entry.end).overlaps(period));
        // An appointment over midnight UTC stands in both days.
        entries.sort_by_key(|entry| (entry.start, entry.appointment_id.0));
        entries.dedup_by_key(|entry| entry.appointment_id.0);
        Ok(Reply::new(AgendaOut { resource_id: Field(id), date: *date, zone: Field(zone), entries }))
    }
}
