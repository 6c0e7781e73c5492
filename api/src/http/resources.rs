//! `/api/v1/businesses/{business_id}/resources`: who and what can be booked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use frontdesk_application::app::App;
use frontdesk_application::reads::affected::Changed;
use frontdesk_domain::booking::affected::OnOffer;
use frontdesk_domain::kernel::ids::{BusinessId, ResourceId, StreamId};
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::scheduling::commands::resources::{
    AddResource, ChangeResource, RemoveResourceDateOverride, ResourceView, RetireResource,
    SetResourceDateOverride,
};
use frontdesk_domain::scheduling::resource::{Resource, ResourceDetails, Stay};
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::text::Name;
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::directory::{self, Directory, DirectoryError, Entry};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};

use super::affected::{AffectedOut, Affecting, Change};
use super::caller::Caller;
use super::field::Field;
use super::hours::{DateOverrideDto, HoursDto, day, overrides_out};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Out, Reply};
use super::tag::Tag;
use super::time_off::TimeOffOut;
use super::write::{Write, seen_version};

/// Who or what it is.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ResourceDetails", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ResourceIn {
    /// What callers know it by.
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
    /// The first date.
    pub first: Field<NaiveDate>,
    /// The last date.
    pub last: Field<NaiveDate>,
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
                .map(|stay| Stay {
                    dates: Dates { first: stay.first.0, last: stay.last.0 },
                    zone: stay.zone.0,
                })
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
                .map(|stay| StayDto {
                    first: Field(stay.dates.first),
                    last: Field(stay.dates.last),
                    zone: Field(stay.zone),
                })
                .collect(),
            capacity: details.capacity,
        }
    }
}

/// Somebody who works at the business, or something that is used: what an appointment takes time of.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Resource", skip_serializing_if_is_none)]
pub struct ResourceOut {
    pub id: Field<ResourceId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    /// Who or what it is.
    pub details: ResourceIn,
    /// The dates on which it has hours of its own, by the date: 2026-12-24.
    pub date_overrides: BTreeMap<String, DateOverrideDto>,
    /// When it cannot be booked, by its start.
    pub time_off: Vec<TimeOffOut>,
    /// It can no longer be booked.
    pub retired: bool,
    /// In replies to changes: which appointments to come no longer fit.
    pub affected: Option<AffectedOut>,
}

impl Affecting for ResourceOut {
    fn affects(self, affected: AffectedOut) -> Self {
        Self { affected: Some(affected), ..self }
    }
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
            affected: None,
        }
    }

    fn of_entry(entry: Entry<Resource>) -> Option<Self> {
        let resource = entry.state.known().ok()?.clone();
        Some(Self::of(ResourceView { id: ResourceId::from_uuid(entry.id), version: entry.version, resource }))
    }
}

page!(ResourcePage of ResourceOut);

fn changing<C: Command<Output = ResourceView>>(
    command: &C,
    id: ResourceId,
) -> Change<'_, C, impl FnOnce(&mut OnOffer, &ResourceView) + Send> {
    let would_be = |on_offer: &mut OnOffer, view: &ResourceView| {
        on_offer.resources.insert(view.id, view.resource.clone());
    };
    Change { command, of: Changed::Resource(id), would_be }
}

pub struct ResourcesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Resources")]
impl ResourcesApi {
    /// Add a resource
    ///
    /// Somebody who works at the business, or something that is used there. A service says which of them it
    /// needs.
    #[oai(path = "/businesses/:business_id/resources", method = "post", operation_id = "add_resource")]
    async fn add(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<ResourceIn>,
    ) -> Result<Created<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "add_resource", body.to_json());
        let command = AddResource { details: body.0.read()? };
        write.run(&self.0, &command, ResourceOut::of).await
    }

    /// List resources
    ///
    /// The retired ones, too.
    #[oai(path = "/businesses/:business_id/resources", method = "get", operation_id = "list_resources")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ResourcePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("resources", tenant, &cursor, *limit);
        let read = Read::of(&self.0, &Directory).at(&min_position);
        let page =
            read.page(list, |page| directory::list::<Resource>(&self.0.pool, Some(tenant), page)).await?;
        Ok(page.filter_map(ResourceOut::of_entry).into())
    }

    /// Get a resource
    ///
    /// With the dates that have hours of their own, and its time off.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id",
        method = "get",
        operation_id = "get_resource"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ResourceOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let read = Read::of(&self.0, &Directory).at(&min_position);
        let find = || async {
            let entry = directory::find::<Resource>(&self.0.pool, tenant, resource_id.0.0.uuid()).await?;
            Ok::<_, DirectoryError>(entry.and_then(ResourceOut::of_entry))
        };
        Ok(Reply::new(read.one("there is no such resource", find).await?))
    }

    /// Change a resource
    ///
    /// All of it is replaced. Appointments that no longer fit stand, and are named in the reply.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id",
        method = "put",
        operation_id = "change_resource"
    )]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<ResourceIn>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(&if_match)?;
        let command = ChangeResource { resource_id: resource_id.0.0, details: body.0.read()?, seen_version };
        let write = Write::by(&caller, tenant);
        changing(&command, resource_id.0.0).run(&self.0, write, *dry_run, ResourceOut::of).await
    }

    /// Retire a resource
    ///
    /// It can no longer be booked; appointments with it stand, and are named in the reply.
    #[oai(
        path = "/businesses/:business_id/resources/:resource_id",
        method = "delete",
        operation_id = "retire_resource"
    )]
    async fn retire(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        resource_id: Path<Field<ResourceId>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let (write, command) = (Write::by(&caller, tenant), RetireResource { resource_id: resource_id.0.0 });
        changing(&command, resource_id.0.0).run(&self.0, write, *dry_run, ResourceOut::of).await
    }

    /// Set a resource's hours on one date
    ///
    /// Whatever its weekday. On a date without windows it cannot be booked.
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
        date: Path<Field<NaiveDate>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<DateOverrideDto>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = SetResourceDateOverride {
            resource_id: resource_id.0.0,
            date: date.0.0,
            hours: day("windows", &body.windows)?,
        };
        let write = Write::by(&caller, tenant);
        changing(&command, resource_id.0.0).run(&self.0, write, *dry_run, ResourceOut::of).await
    }

    /// Let a date have its weekday's hours again
    ///
    /// Appointments that no longer fit stand, and are named in the reply.
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
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
    ) -> Result<Reply<ResourceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = RemoveResourceDateOverride { resource_id: resource_id.0.0, date: *date };
        let write = Write::by(&caller, tenant);
        changing(&command, resource_id.0.0).run(&self.0, write, *dry_run, ResourceOut::of).await
    }
}
