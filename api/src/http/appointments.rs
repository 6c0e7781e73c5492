//! `/api/v1/businesses/{business_id}/appointments` and `/holds`: booking, moving, cancelling, and how it all came about.

use chrono::{DateTime, Utc};
use frontdesk_domain::appointment::{Appointment, BookedSlot, Booking, Source};
use frontdesk_domain::availability::offer::SlotOffer;
use frontdesk_domain::commands::booking::{
    AppointmentView, BookAppointment, CancelAppointment, ConfirmHold, HOLD_SECONDS, HoldSlot, ReleaseHold, RescheduleAppointment,
    Who,
};
use frontdesk_domain::commands::customers::Person;
use frontdesk_domain::shared::email::Email;
use frontdesk_domain::shared::ids::{
    AppointmentId, BusinessId, CallId, CommitId, CustomerId, EventId, ResourceId, ServiceId, WaitlistEntryId,
};
use frontdesk_domain::shared::metadata;
use frontdesk_domain::shared::personal::Personal;
use frontdesk_domain::shared::phone::PhoneNumber;
use frontdesk_domain::shared::recorded::RecordedEvent;
use frontdesk_domain::shared::text::{Name, Note};
use frontdesk_domain::shared::time::Zone;
use frontdesk_domain::shared::whatsapp::WhatsappUserId;
use frontdesk_projections::appointments::{self, AppointmentRow, Appointments, Filter, Status};
use frontdesk_projections::customers::Customers;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::{Any, ToJSON};
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Value, json};

use super::Tag;
use super::caller::Caller;
use super::field::Field;
use super::paging::List;
use super::problem::{Problem, ReadProblem};
use super::reply::{Asked, Created, Done, Out, Reply, seen_version};
use crate::app::App;

/// Keeps a slot for somebody who is making up their mind.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewHold", deny_unknown_fields)]
pub struct HoldIn {
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: String,
    /// How long it is kept.
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
    pub expires_at: DateTime<Utc>,
    pub service_id: Field<ServiceId>,
    pub resource_ids: Vec<Field<ResourceId>>,
    /// On the business's wall clock, with its offset.
    pub start: String,
    pub end: String,
}

impl Out for HoldOut {}

/// Who it is for: a customer by id, or a person with a name and a phone number, an email address or WhatsApp user ids.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Attendee", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct AttendeeIn {
    pub customer_id: Option<Field<CustomerId>>,
    pub name: Option<Field<Name>>,
    /// In E.164. Whoever has this number already is taken for the same person.
    pub phone: Option<Field<PhoneNumber>>,
    pub email: Option<Field<Email>>,
    #[oai(default, validator(max_items = 5))]
    pub whatsapp_user_ids: Vec<Field<WhatsappUserId>>,
}

impl AttendeeIn {
    pub(super) fn read(self) -> Result<Who, Problem> {
        match (self.customer_id, self.name) {
            (Some(id), None) if self.phone.is_none() && self.email.is_none() && self.whatsapp_user_ids.is_empty() => {
                Ok(Who::Customer(id.0))
            }
            (Some(_), _) => {
                Err(Problem::invalid("attendee: give either customer_id, or name with phone, email or whatsapp_user_ids"))
            }
            (None, None) => Err(Problem::invalid("attendee.name: it is needed, unless customer_id is given")),
            (None, Some(name)) => {
                let person = Person::new(name.0, self.phone.map(|phone| phone.0), self.email.map(|email| email.0));
                Ok(Who::Person(person.with_whatsapp(self.whatsapp_user_ids.into_iter().map(|id| id.0))))
            }
        }
    }
}

/// Books a slot: of a slot_token, or of a hold_id.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewAppointment", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct BookIn {
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: Option<String>,
    pub hold_id: Option<Field<AppointmentId>>,
    pub attendee: AttendeeIn,
    pub note: Option<Field<Note>>,
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Reschedule", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RescheduleIn {
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: String,
    pub reason: Option<Field<Note>>,
}

#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "Cancellation", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CancelIn {
    pub reason: Option<Field<Note>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "AppointmentStatus")]
pub enum StatusDto {
    /// Kept for somebody; it is not booked.
    Held,
    /// A hold that was given up.
    Released,
    /// A hold that ran out.
    Lapsed,
    Booked,
    Cancelled,
}

impl From<Status> for StatusDto {
    fn from(status: Status) -> Self {
        match status {
            Status::Held => Self::Held,
            Status::Released => Self::Released,
            Status::Lapsed => Self::Lapsed,
            Status::Booked => Self::Booked,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<StatusDto> for Status {
    fn from(status: StatusDto) -> Self {
        match status {
            StatusDto::Held => Self::Held,
            StatusDto::Released => Self::Released,
            StatusDto::Lapsed => Self::Lapsed,
            StatusDto::Booked => Self::Booked,
            StatusDto::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Appointment", skip_serializing_if_is_none)]
pub struct AppointmentOut {
    pub id: Field<AppointmentId>,
    pub version: i64,
    pub status: StatusDto,
    pub service_id: Field<ServiceId>,
    pub resource_ids: Vec<Field<ResourceId>>,
    /// If the customer was merged since, the survivor.
    pub customer_id: Option<Field<CustomerId>>,
    /// For whom, as it was booked; not there once they are erased.
    pub name: Option<String>,
    pub note: Option<String>,
    /// On the business's wall clock, with its offset.
    pub start: String,
    pub end: String,
    pub zone: Field<Zone>,
    /// The call in which it was booked, if it was in one.
    pub call_id: Option<Field<CallId>>,
    /// Whom the waitlist offered its time to, if it did.
    pub waitlist_entry_id: Option<Field<WaitlistEntryId>>,
    /// Set while it is held.
    pub held_until: Option<DateTime<Utc>>,
    pub cancellation_reason: Option<String>,
}

impl Out for AppointmentOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl AppointmentOut {
    fn new(id: AppointmentId, version: i64, status: StatusDto, slot: &BookedSlot, source: Source) -> Self {
        let zone = slot.local_start.zone;
        let call_id = match source {
            Source::Api | Source::Waitlist { .. } => None,
            Source::Call { call_id } => Some(Field(call_id)),
        };
        let waitlist_entry_id = match source {
            Source::Waitlist { entry_id } => Some(Field(entry_id)),
            Source::Api | Source::Call { .. } => None,
        };
        Self {
            id: Field(id),
            version,
            status,
            service_id: Field(slot.service_id),
            resource_ids: slot.resources.iter().copied().map(Field).collect(),
            customer_id: None,
            name: None,
            note: None,
            start: zone.rfc3339(slot.time.start),
            end: zone.rfc3339(slot.time.end),
            zone: Field(zone),
            call_id,
            waitlist_entry_id,
            held_until: None,
            cancellation_reason: None,
        }
    }

    fn of_booking(id: AppointmentId, version: i64, status: StatusDto, booking: &Booking) -> Self {
        Self {
            customer_id: Some(Field(booking.attendee.customer_id)),
            name: booking.attendee.name.known().map(|name| name.as_str().to_owned()),
            note: booking.attendee.note.as_ref().and_then(Personal::known).map(|note| note.as_str().to_owned()),
            ..Self::new(id, version, status, &booking.slot, booking.source)
        }
    }

    /// What a command has made of it.
    pub(super) fn of(view: AppointmentView) -> Self {
        // Whoever stands now for the customer with whom it was booked.
        let customer_id = view.customer.as_ref().map(|(id, _)| Field(*id));
        Self { customer_id, ..Self::of_appointment(view) }
    }

    fn of_appointment(view: AppointmentView) -> Self {
        match &view.appointment {
            Appointment::Booked(booking) => Self::of_booking(view.id, view.version, StatusDto::Booked, booking),
            Appointment::Cancelled(booking) => Self::of_booking(view.id, view.version, StatusDto::Cancelled, booking),
            Appointment::Held { slot, expires_at, source } => {
                Self { held_until: Some(*expires_at), ..Self::new(view.id, view.version, StatusDto::Held, slot, *source) }
            }
            Appointment::Released { slot, source } => Self::new(view.id, view.version, StatusDto::Released, slot, *source),
            Appointment::Lapsed { slot, source } => Self::new(view.id, view.version, StatusDto::Lapsed, slot, *source),
            // No command ends with an appointment on which nothing has happened.
            Appointment::Unknown => unreachable!("a command has acted on this appointment"),
        }
    }

    fn of_row(row: AppointmentRow) -> Self {
        Self {
            customer_id: row.customer_id.map(Field),
            name: row.name,
            note: row.note,
            held_until: row.held_until,
            cancellation_reason: row.cancellation_reason,
            ..Self::new(row.id, row.version, row.status.into(), &row.slot, row.source)
        }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AppointmentPage", skip_serializing_if_is_none)]
pub struct AppointmentPage {
    pub items: Vec<AppointmentOut>,
    pub next_cursor: Option<String>,
}

impl Out for AppointmentPage {}

/// Something that happened, as it stands in the log.
#[derive(Debug, Clone, Object)]
#[oai(rename = "HistoryEvent", skip_serializing_if_is_none)]
pub struct EventOut {
    /// Its place in the log.
    pub position: i64,
    pub event_id: Field<EventId>,
    /// What was written together has the same commit.
    pub commit_id: Field<CommitId>,
    pub stream_type: String,
    pub stream_id: String,
    /// Its place in its stream.
    pub sequence: i64,
    pub event_type: String,
    /// What happened. Data of people who have been erased are not in it.
    pub data: Any<Value>,
    pub recorded_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub actor_kind: Option<String>,
    pub actor_id: Option<String>,
    pub correlation_id: Option<String>,
    pub causation_id: Option<String>,
    pub command_id: Option<String>,
}

impl EventOut {
    pub fn of(event: RecordedEvent) -> Self {
        let text = |key: &str| event.metadata.get(key).map(str::to_owned);
        Self {
            position: event.position,
            event_id: Field(event.event_id),
            commit_id: Field(event.commit_id),
            sequence: event.sequence,
            recorded_at: event.recorded_at,
            decided_at: event.metadata.instant(metadata::DECIDED_AT),
            actor_kind: text(metadata::ACTOR_KIND),
            actor_id: text(metadata::ACTOR_ID),
            correlation_id: text(metadata::CORRELATION_ID),
            causation_id: text(metadata::CAUSATION_ID),
            command_id: text(metadata::COMMAND_ID),
            stream_id: event.aggregate_id.to_string(),
            stream_type: event.aggregate_type,
            event_type: event.event_type,
            data: Any(event.payload),
        }
    }
}

#[derive(Debug, Clone, Object)]
#[oai(rename = "History")]
pub struct HistoryOut {
    pub events: Vec<EventOut>,
}

impl Out for HistoryOut {}

pub struct AppointmentsApi(pub App);

impl AppointmentsApi {
    fn offer(&self, tenant: BusinessId, token: &str) -> Result<SlotOffer, Problem> {
        self.0.bus.read_offer(tenant, token).map_err(|_| {
            Problem::invalid(
                "slot_token: it was not issued here for this business, or has been altered; take one from the open slots",
            )
        })
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl AppointmentsApi {
    /// Hold a slot
    ///
    /// Nobody else can book it until the hold expires or is released.
    #[oai(path = "/businesses/:business_id/holds", method = "post", operation_id = "hold_slot")]
    async fn hold(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<HoldIn>,
    ) -> Result<Created<HoldOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = body.to_json().unwrap_or_default();
        let command = HoldSlot { offer: self.offer(tenant, &body.slot_token)?, seconds: body.seconds, source: Source::Api };
        let asked =
            Asked { caller: &caller, tenant, idempotency_key: idempotency_key.as_deref(), operation: "hold_slot", body: content };
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
        self.0.write(asked, &command, show).await
    }

    /// Release a hold
    #[oai(path = "/businesses/:business_id/holds/:hold_id", method = "delete", operation_id = "release_hold")]
    async fn release(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        hold_id: Path<Field<AppointmentId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        self.0.do_it(&caller, tenant, &ReleaseHold { hold_id: hold_id.0.0 }).await
    }

    /// Book an appointment
    ///
    /// Of a slot_token from the open slots, or of a hold. A time that has been taken is refused with other open slots.
    #[oai(path = "/businesses/:business_id/appointments", method = "post", operation_id = "book_appointment")]
    async fn book(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<BookIn>,
    ) -> Result<Created<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = body.to_json().unwrap_or_default();
        let BookIn { slot_token, hold_id, attendee, note } = body.0;
        let (who, note) = (attendee.read()?, note.map(|note| Personal::in_command(note.0)));
        let asked = Asked {
            caller: &caller,
            tenant,
            idempotency_key: idempotency_key.as_deref(),
            operation: "book_appointment",
            body: content,
        };
        match (slot_token, hold_id) {
            (Some(token), None) => {
                let command = BookAppointment { offer: self.offer(tenant, &token)?, who, note, source: Source::Api };
                self.0.write(asked, &command, AppointmentOut::of).await
            }
            (None, Some(hold_id)) => {
                let command = ConfirmHold { hold_id: hold_id.0, who, note, source: Source::Api };
                self.0.write(asked, &command, AppointmentOut::of).await
            }
            _ => Err(Problem::invalid("give either slot_token or hold_id")),
        }
    }

    /// Move an appointment
    ///
    /// To another slot of the same or another service, in one step: it never loses its old time without getting the new one.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/reschedule",
        method = "post",
        operation_id = "reschedule_appointment"
    )]
    async fn reschedule(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        /// The ETag of the version that you have read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<RescheduleIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = json!([appointment_id.0.to_string(), body.to_json(), &*if_match]);
        let command = RescheduleAppointment {
            appointment_id: appointment_id.0.0,
            offer: self.offer(tenant, &body.slot_token)?,
            reason: body.0.reason.map(|reason| Personal::in_command(reason.0)),
            seen_version: seen_version(if_match.as_deref())?,
        };
        let operation = "reschedule_appointment";
        let asked = Asked { caller: &caller, tenant, idempotency_key: idempotency_key.as_deref(), operation, body: content };
        self.0.write(asked, &command, AppointmentOut::of).await
    }

    /// Cancel an appointment
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/cancel",
        method = "post",
        operation_id = "cancel_appointment"
    )]
    async fn cancel(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        /// The ETag of the version that you have read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<CancelIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = json!([appointment_id.0.to_string(), body.to_json(), &*if_match]);
        let command = CancelAppointment {
            appointment_id: appointment_id.0.0,
            reason: body.0.reason.map(|reason| Personal::in_command(reason.0)),
            seen_version: seen_version(if_match.as_deref())?,
        };
        let asked = Asked {
            caller: &caller,
            tenant,
            idempotency_key: idempotency_key.as_deref(),
            operation: "cancel_appointment",
            body: content,
        };
        self.0.write(asked, &command, AppointmentOut::of).await
    }

    /// List appointments
    ///
    /// In order of their start. Held times are in it, with the status held.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/appointments", method = "get", operation_id = "list_appointments")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Those that end after it.
        from: Query<Option<DateTime<Utc>>>,
        /// Those that start before it.
        to: Query<Option<DateTime<Utc>>>,
        status: Query<Option<StatusDto>>,
        customer_id: Query<Option<Field<CustomerId>>>,
        resource_id: Query<Option<Field<ResourceId>>>,
        service_id: Query<Option<Field<ServiceId>>>,
        /// next_cursor of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u16>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AppointmentPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.read_at(&Appointments, min_position.as_deref()).await?;
        self.0.read_at(&Customers, min_position.as_deref()).await?;
        let list = List { name: "appointments", tenant: Some(tenant) };
        let filter = Filter {
            from: *from,
            to: *to,
            status: status.map(Status::from),
            customer_id: customer_id.as_ref().map(|id| id.0),
            resource_id: resource_id.as_ref().map(|id| id.0),
            service_id: service_id.as_ref().map(|id| id.0),
        };
        if let (Some(from), Some(to)) = (*from, *to) {
            super::resources::check_period(from, to)?;
        }
        let page = appointments::list(&self.0.pool, tenant, &filter, list.request(&self.0, cursor.as_deref(), *limit)?).await?;
        let items = page.items.into_iter().map(AppointmentOut::of_row).collect();
        Ok(Reply::new(AppointmentPage { items, next_cursor: list.cursor(&self.0, page.next) }))
    }

    /// Get an appointment
    #[oai(path = "/businesses/:business_id/appointments/:appointment_id", method = "get", operation_id = "get_appointment")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AppointmentOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.read_at(&Appointments, min_position.as_deref()).await?;
        self.0.read_at(&Customers, min_position.as_deref()).await?;
        let row = self.0.look(&Appointments, || appointments::find(&self.0.pool, tenant, appointment_id.0.0)).await?;
        let row = row.ok_or_else(|| Problem::not_found("there is no such appointment"))?;
        Ok(Reply::new(AppointmentOut::of_row(row)))
    }

    /// Get an appointment's history
    ///
    /// Every event about it, and every event that was written together with one: the call, the tool call, the time taken and freed.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id/history",
        method = "get",
        operation_id = "get_appointment_history"
    )]
    async fn history(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
    ) -> Result<Reply<HistoryOut>, ReadProblem> {
        let tenant = caller.may_audit(business_id.0.0)?;
        let events = crate::audit::history(self.0.log(), tenant, appointment_id.0.0).await?;
        if events.is_empty() {
            return Err(Problem::not_found("there is no such appointment").into());
        }
        Ok(Reply::new(HistoryOut { events: events.into_iter().map(EventOut::of).collect() }))
    }
}
