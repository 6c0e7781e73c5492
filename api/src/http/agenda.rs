//! `/api/v1/businesses/{business_id}/resources/{resource_id}/agenda`: what a resource has to do on a day.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{
    AgendaDayId, AppointmentId, BusinessId, ResourceId, ServiceId, StreamId,
};
use frontdesk_domain::scheduling::resource::Resource;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::agenda::{self, Agenda, Taken};
use frontdesk_projections::directory::{self, Directory};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

use super::businesses::entry;
use super::caller::Caller;
use super::fault::Fault;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::Read;
use super::reply::{Out, Reply};
use super::tag::Tag;

/// Something that takes time of a resource.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AgendaEntry", skip_serializing_if_is_none)]
pub struct AgendaEntryOut {
    pub appointment_id: Field<AppointmentId>,
    pub service_id: Field<ServiceId>,
    /// When the appointment starts.
    pub start: DateTime<Utc>,
    /// When the appointment ends.
    pub end: DateTime<Utc>,
    /// When the time before it, which is kept free for it, begins.
    pub busy_from: DateTime<Utc>,
    /// When the time after it, which is kept free for it, ends.
    pub busy_to: DateTime<Utc>,
    /// Of a class: how many seats it takes.
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
    /// The day that was asked for, in the zone of the business.
    pub date: NaiveDate,
    /// The zone of the date.
    pub zone: Field<Zone>,
    /// What takes time of the resource on that day, by its start.
    pub entries: Vec<AgendaEntryOut>,
}

impl Out for AgendaOut {}

pub struct AgendaApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Resources")]
impl AgendaApi {
    /// Get a resource's agenda
    ///
    /// What takes its time on a day, holds included.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id/agenda",
        method = "get",
        operation_id = "get_agenda"
    )]
    async fn agenda(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        /// A day of the business.
        date: Query<Field<NaiveDate>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AgendaOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &Directory).and(&Agenda).at(&min_position).ready().await?;
        let business = entry(&self.0, tenant).await?;
        let zone =
            business.state.registered().map_err(|error| Problem::not_found(error.to_string()))?.profile.zone;
        let id = resource_id.0.0;
        if directory::find::<Resource>(&self.0.pool, tenant, id.uuid()).await?.is_none() {
            return Err(Problem::not_found("there is no such resource").into());
        }
        let date = date.0.0;
        let period = Interval::checked(zone.midnight(date), zone.midnight(date + TimeDelta::days(1)))
            .map_err(|error| Fault::query("date", error))?;
        let days: Vec<_> = period.utc_days().map(|day| AgendaDayId::of(tenant, id, day).uuid()).collect();
        let agendas = agenda::streams(&self.0.pool, tenant, &days).await?;
        let now = self.0.bus.clock().now();
        let mut entries: Vec<AgendaEntryOut> = agendas
            .into_values()
            .flat_map(|day| day.entries)
            .filter(|entry| entry.counts(now))
            .filter_map(entry_out)
            .collect();
        entries.retain(|entry| Interval::new(entry.start, entry.end).overlaps(period));
        // An appointment over midnight UTC stands in both days.
        entries.sort_by_key(|entry| (entry.start, entry.appointment_id.0));
        entries.dedup_by_key(|entry| entry.appointment_id.0);
        Ok(Reply::new(AgendaOut { resource_id: Field(id), date, zone: Field(zone), entries }))
    }
}
