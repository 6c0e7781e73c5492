//! `/api/v1/businesses/{business_id}/services`: what a business offers.

use frontdesk_domain::commands::services::{AddService, ChangeService, RetireService, ServiceView};
use frontdesk_domain::service::{Need, Offered, Service, ServiceDetails};
use frontdesk_domain::shared::ids::{BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::shared::text::{Name, Note};
use frontdesk_projections::directory::{self, Directory, Entry};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};

use super::Tag;
use super::caller::Caller;
use super::field::Field;
use super::paging::List;
use super::problem::{Problem, ReadProblem};
use super::reply::{Asked, Created, Out, Reply, seen_version};
use crate::app::App;

/// One of these resources.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Need", deny_unknown_fields)]
pub struct NeedDto {
    #[oai(validator(min_items = 1, max_items = 100))]
    pub any_of: Vec<Field<ResourceId>>,
}

/// What a service is.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ServiceDetails", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ServiceIn {
    pub name: Field<Name>,
    pub description: Option<Field<Note>>,
    #[oai(validator(minimum(value = "1"), maximum(value = "1440")))]
    pub duration_minutes: u32,
    /// Time kept free before each appointment.
    #[oai(default, validator(maximum(value = "720")))]
    pub buffer_before_minutes: u32,
    /// Time kept free after each appointment.
    #[oai(default, validator(maximum(value = "720")))]
    pub buffer_after_minutes: u32,
    /// How long before its start it can be booked at the latest.
    #[oai(default, validator(maximum(value = "129600")))]
    pub minimum_notice_minutes: u32,
    /// How far ahead it can be booked.
    #[oai(default = "default_horizon", validator(minimum(value = "1"), maximum(value = "730")))]
    pub horizon_days: u32,
    /// Appointments start at multiples of this after midnight, on the business's wall clock.
    #[oai(default = "default_step", validator(minimum(value = "1"), maximum(value = "1440")))]
    pub step_minutes: u32,
    /// What it takes, all of it: each need is any one of some resources.
    #[oai(validator(min_items = 1, max_items = 5))]
    pub needs: Vec<NeedDto>,
}

fn default_horizon() -> u32 {
    60
}

fn default_step() -> u32 {
    15
}

impl ServiceIn {
    fn read(self) -> ServiceDetails {
        let need = |need: NeedDto| Need { any_of: need.any_of.into_iter().map(|id| id.0).collect() };
        ServiceDetails {
            name: self.name.0,
            description: self.description.map(|description| description.0),
            duration_minutes: self.duration_minutes,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            minimum_notice_minutes: self.minimum_notice_minutes,
            horizon_days: self.horizon_days,
            step_minutes: self.step_minutes,
            needs: self.needs.into_iter().map(need).collect(),
        }
    }

    fn of(details: ServiceDetails) -> Self {
        let need = |need: Need| NeedDto { any_of: need.any_of.into_iter().map(Field).collect() };
        Self {
            name: Field(details.name),
            description: details.description.map(Field),
            duration_minutes: details.duration_minutes,
            buffer_before_minutes: details.buffer_before_minutes,
            buffer_after_minutes: details.buffer_after_minutes,
            minimum_notice_minutes: details.minimum_notice_minutes,
            horizon_days: details.horizon_days,
            step_minutes: details.step_minutes,
            needs: details.needs.into_iter().map(need).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Service")]
pub struct ServiceOut {
    pub id: Field<ServiceId>,
    pub version: i64,
    pub details: ServiceIn,
    /// It can no longer be booked.
    pub retired: bool,
}

impl Out for ServiceOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl ServiceOut {
    fn of(view: ServiceView) -> Self {
        Self { id: Field(view.id), version: view.version, details: ServiceIn::of(view.details), retired: view.retired }
    }

    fn of_entry(entry: Entry<Service>) -> Option<Self> {
        let Offered { details, retired } = entry.state.known().ok()?.clone();
        Some(Self::of(ServiceView { id: ServiceId::from_uuid(entry.id), version: entry.version, details, retired }))
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ServicePage", skip_serializing_if_is_none)]
pub struct ServicePage {
    pub items: Vec<ServiceOut>,
    pub next_cursor: Option<String>,
}

impl Out for ServicePage {}

pub struct ServicesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Services")]
impl ServicesApi {
    /// Add a service
    #[oai(path = "/businesses/:business_id/services", method = "post", operation_id = "add_service")]
    async fn add(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<ServiceIn>,
    ) -> Result<Created<ServiceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = body.to_json().unwrap_or_default();
        let command = AddService { details: body.0.read() };
        let asked =
            Asked { caller: &caller, tenant, idempotency_key: idempotency_key.as_deref(), operation: "add_service", body: content };
        self.0.write(asked, &command, ServiceOut::of).await
    }

    /// List services
    #[oai(path = "/businesses/:business_id/services", method = "get", operation_id = "list_services")]
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
    ) -> Result<Reply<ServicePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.read_at(&Directory, min_position.as_deref()).await?;
        let list = List { name: "services", tenant: Some(tenant) };
        let page =
            directory::list::<Service>(&self.0.pool, Some(tenant), list.request(&self.0, cursor.as_deref(), *limit)?).await?;
        let items = page.items.into_iter().filter_map(ServiceOut::of_entry).collect();
        Ok(Reply::new(ServicePage { items, next_cursor: list.cursor(&self.0, page.next) }))
    }

    /// Get a service
    #[oai(path = "/businesses/:business_id/services/:service_id", method = "get", operation_id = "get_service")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        service_id: Path<Field<ServiceId>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ServiceOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.read_at(&Directory, min_position.as_deref()).await?;
        let entry = self.0.look(&Directory, || directory::find::<Service>(&self.0.pool, tenant, service_id.0.0.uuid())).await?;
        let out = entry.and_then(ServiceOut::of_entry).ok_or_else(|| Problem::not_found("there is no such service"))?;
        Ok(Reply::new(out))
    }

    /// Change a service
    ///
    /// Appointments that are booked stay as they were agreed.
    #[oai(path = "/businesses/:business_id/services/:service_id", method = "put", operation_id = "change_service")]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        service_id: Path<Field<ServiceId>>,
        /// The ETag of the version that you have read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<ServiceIn>,
    ) -> Result<Reply<ServiceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(if_match.as_deref())?;
        let command = ChangeService { service_id: service_id.0.0, details: body.0.read(), seen_version };
        self.0.write(Asked::plain(&caller, tenant), &command, ServiceOut::of).await
    }

    /// Retire a service
    ///
    /// It can no longer be booked; appointments for it stand.
    #[oai(path = "/businesses/:business_id/services/:service_id", method = "delete", operation_id = "retire_service")]
    async fn retire(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        service_id: Path<Field<ServiceId>>,
    ) -> Result<Reply<ServiceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        self.0.write(Asked::plain(&caller, tenant), &RetireService { service_id: service_id.0.0 }, ServiceOut::of).await
    }
}
