//! `/api/v1/businesses/{business_id}/holds`: slots that are kept for somebody who is making up their mind.

use chrono::{DateTime, FixedOffset, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::booking::{AppointmentView, HOLD_SECONDS, HoldSlot, ReleaseHold};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, ResourceId, ServiceId};
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};

use super::appointments::AppointmentOut;
use super::caller::Caller;
use super::field::Field;
use super::problem::Problem;
use super::reply::{Created, Done, Out};
use super::slot_token::offer;
use super::tag::Tag;
use super::write::Write;

/// Keeps a slot for somebody who is making up their mind.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewHold", deny_unknown_fields)]
pub struct HoldIn {
    /// Of an open slot, as find_open_slots has given it.
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: String,
    /// How many seconds it is kept.
    #[oai(default = "default_seconds", validator(minimum(value = "1"), maximum(value = "3600")))]
    pub seconds: u32,
}

fn default_seconds() -> u32 {
    HOLD_SECONDS
}

/// A slot that is kept.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Hold")]
pub struct HoldOut {
    /// Books the slot, and becomes the appointment's id.
    pub hold_id: Field<AppointmentId>,
    /// Until when it is kept.
    pub expires_at: DateTime<Utc>,
    pub service_id: Field<ServiceId>,
    /// With whom and what: one resource for each need of the service, in order.
    pub resource_ids: Vec<Field<ResourceId>>,
    /// On the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// When it ends, on the same clock.
    pub end: DateTime<FixedOffset>,
}

impl Out for HoldOut {}

pub struct HoldsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl HoldsApi {
    /// Hold a slot
    ///
    /// Nobody else can book it until the hold expires or is released.
    #[oai(path = "/businesses/:business_id/holds", method = "post", operation_id = "hold_slot")]
    async fn hold(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<HoldIn>,
    ) -> Result<Created<HoldOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "hold_slot", body.to_json());
        let command = HoldSlot {
            offer: offer(&self.0, tenant, &body.slot_token)?,
            seconds: body.seconds,
            source: Source::Api,
        };
        let show = |view: AppointmentView| {
            let out = AppointmentOut::of(view);
            HoldOut {
                hold_id: out.id,
                expires_at: out.held_until.unwrap_or_default(),
                service_id: out.service_id,
                resource_ids: out.resource_ids,
                start: out.start,
                end: out.end,
            }
        };
        write.run(&self.0, &command, show).await
    }

    /// Release a hold
    ///
    /// Its time is free again.
    #[oai(path = "/businesses/:business_id/holds/:hold_id", method = "delete", operation_id = "release_hold")]
    async fn release(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        hold_id: Path<Field<AppointmentId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run_silently(&self.0, &ReleaseHold { hold_id: hold_id.0.0 }).await
    }
}
