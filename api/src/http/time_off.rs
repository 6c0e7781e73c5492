//! `/api/v1/businesses/{business_id}/resources/{resource_id}/time-off`: periods in which a resource cannot be
//! booked.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_application::reads::affected::Changed;
use frontdesk_domain::booking::affected::OnOffer;
use frontdesk_domain::kernel::ids::{BusinessId, ResourceId, TimeOffId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::scheduling::commands::resources::{AddTimeOff, RemoveTimeOff};
use frontdesk_domain::scheduling::resource::TimeOff;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::text::Note;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::affected::{AffectedOut, Affecting, Change};
use super::caller::Caller;
use super::fault::Fault;
use super::field::Field;
use super::problem::Problem;
use super::reply::{Created, Done, Out};
use super::tag::Tag;
use super::write::Write;

/// A period in which it cannot be booked.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewTimeOff", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct TimeOffIn {
    /// When it begins.
    pub start: Field<DateTime<Utc>>,
    /// When it ends: later, and by at most 731 days.
    pub end: Field<DateTime<Utc>>,
    /// Kept encrypted: why is somebody's own affair.
    pub reason: Option<Field<Note>>,
}

/// A period in which a resource cannot be booked.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "TimeOff", skip_serializing_if_is_none)]
pub struct TimeOffOut {
    pub id: Field<TimeOffId>,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Why, as somebody has said; not there once it is erased.
    pub reason: Option<String>,
}

impl TimeOffOut {
    pub fn of(time_off: TimeOff) -> Self {
        let reason = time_off.reason.and_then(Personal::into_known).map(String::from);
        Self { id: Field(time_off.id), start: time_off.period.start, end: time_off.period.end, reason }
    }
}

/// Time off, and what it does to appointments.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AddedTimeOff", skip_serializing_if_is_none)]
pub struct AddedTimeOffOut {
    #[oai(flatten)]
    pub time_off: TimeOffOut,
    /// Which appointments to come no longer fit.
    pub affected: Option<AffectedOut>,
}

impl Out for AddedTimeOffOut {}

impl Affecting for AddedTimeOffOut {
    fn affects(self, affected: AffectedOut) -> Self {
        Self { affected: Some(affected), ..self }
    }
}

pub struct TimeOffApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Resources")]
impl TimeOffApi {
    /// Keep a resource from being booked for a while
    ///
    /// Appointments in that time stand, and are named in the reply.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/time-off",
        method = "post",
        operation_id = "add_time_off"
    )]
    async fn add_time_off(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<TimeOffIn>,
    ) -> Result<Created<AddedTimeOffOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "add_time_off",
            json!([resource_id.0.to_string(), body.to_json()]),
        );
        let period =
            Interval::checked(body.start.0, body.end.0).map_err(|error| Fault::body("/end", error))?;
        let reason = body.0.reason.map(Field::personal);
        let command = AddTimeOff { resource_id: resource_id.0.0, period, reason };
        let would_be = |on_offer: &mut OnOffer, time_off: &TimeOff| {
            if let Some(resource) = on_offer.resources.get_mut(&resource_id.0.0) {
                resource.time_off.push(time_off.clone());
            }
        };
        let show = |time_off| AddedTimeOffOut { time_off: TimeOffOut::of(time_off), affected: None };
        let change = Change { command: &command, of: Changed::Resource(resource_id.0.0), would_be };
        change.run(&self.0, write, *dry_run, show).await
    }

    /// Take time off back
    ///
    /// The resource can be booked again.
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
        Write::by(&caller, tenant).run_silently(&self.0, &command).await
    }
}
