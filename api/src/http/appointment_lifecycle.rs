//! `/api/v1/businesses/{business_id}/appointments/{appointment_id}/…`: requests that the business approves,
//! and whether customers come.

use frontdesk_application::app::App;
use frontdesk_domain::booking::commands::lifecycle::{
    ApproveRequest, CheckIn, CompleteAppointment, DeclineRequest, RecordNoShow,
};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId};
use frontdesk_domain::values::text::Note;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::appointments::AppointmentOut;
use super::caller::Caller;
use super::field::Field;
use super::problem::Problem;
use super::reply::Reply;
use super::tag::Tag;
use super::write::{Write, seen_version};

/// Declines a request.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "Decline", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct DeclineIn {
    /// Why it is declined. Kept encrypted.
    pub reason: Option<Field<Note>>,
}

/// Records that a customer did not come.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "NoShow", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct NoShowIn {
    /// What was seen. Kept encrypted.
    pub reason: Option<Field<Note>>,
    /// Why nothing is owed for it.
    pub override_reason: Option<Field<Note>>,
}

pub struct AppointmentLifecycleApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl AppointmentLifecycleApi {
    /// Approve a request
    ///
    /// As it is in the version that you have read: it may have been moved since.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/approve",
        method = "post",
        operation_id = "approve_appointment"
    )]
    async fn approve(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        /// The ETag of the version that you have read, or * for any. It is needed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        if if_match.is_none() {
            return Err(Problem::precondition_required());
        }
        let seen_version = seen_version(&if_match)?;
        let command = ApproveRequest { appointment_id: appointment_id.0.0, seen_version };
        Write::by(&caller, tenant).run(&self.0, &command, AppointmentOut::of).await
    }

    /// Decline a request
    ///
    /// Its time is free again.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/decline",
        method = "post",
        operation_id = "decline_appointment"
    )]
    async fn decline(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<DeclineIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(&if_match)?;
        let command = DeclineRequest {
            appointment_id: appointment_id.0.0,
            reason: body.0.reason.map(Field::personal),
            seen_version,
        };
        Write::by(&caller, tenant).run(&self.0, &command, AppointmentOut::of).await
    }

    /// Check a customer in
    ///
    /// The customer is there: twelve hours before the start at the earliest.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/check-in",
        method = "post",
        operation_id = "check_in"
    )]
    async fn check_in(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = CheckIn { appointment_id: appointment_id.0.0, seen_version: seen_version(&if_match)? };
        Write::by(&caller, tenant).run(&self.0, &command, AppointmentOut::of).await
    }

    /// Complete an appointment
    ///
    /// It has taken place. A no-show that was recorded by mistake is taken back.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/complete",
        method = "post",
        operation_id = "complete_appointment"
    )]
    async fn complete(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = CompleteAppointment {
            appointment_id: appointment_id.0.0,
            seen_version: seen_version(&if_match)?,
        };
        Write::by(&caller, tenant).run(&self.0, &command, AppointmentOut::of).await
    }

    /// Record a no-show
    ///
    /// The customer did not come. What the policy says is owed is recorded.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/no-show",
        method = "post",
        operation_id = "record_no_show"
    )]
    async fn no_show(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<NoShowIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = RecordNoShow {
            appointment_id: appointment_id.0.0,
            reason: body.0.reason.map(Field::personal),
            override_reason: body.0.override_reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
        };
        Write::by(&caller, tenant).run(&self.0, &command, AppointmentOut::of).await
    }
}
