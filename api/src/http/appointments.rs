//! `/api/v1/businesses/{business_id}/appointments` and `/holds`: booking, moving, cancelling, and how it all
//! came about.

use chrono::{DateTime, FixedOffset, TimeDelta, Timelike, Utc};
use frontdesk_application::app::App;
use frontdesk_application::reads::ReadError;
use frontdesk_domain::booking::appointment::{
    Answered, Appointment, AppointmentError, BookedSlot, Booking, FeeOwed, FeeReason, Source,
};
use frontdesk_domain::booking::commands::booking::{
    AppointmentView, BookAppointment, CancelAppointment, ConfirmHold, RescheduleAppointment,
};
use frontdesk_domain::kernel::ids::{
    AppointmentId, BusinessId, CallId, CustomerId, ResourceId, SeriesId, ServiceId, WaitlistEntryId,
};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use frontdesk_domain::scheduling::availability::{Slot, Terms};
use frontdesk_domain::scheduling::service::BadTerms;
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::text::{Name, Note};
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::appointments::{self, AppointmentRow, Appointments, Filter, Status};
use frontdesk_projections::customers::Customers;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::json;

use super::agreement::MoneyDto;
use super::attendee::{AnswerIn, AttendeeIn};
use super::caller::Caller;
use super::fault::Fault;
use super::field::{Field, same};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Out, Reply};
use super::slot_token::offer;
use super::tag::Tag;
use super::write::{Write, seen_version};

/// Books a slot: of a slot_token, of a hold_id, or one that the business chooses itself.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewAppointment", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct BookIn {
    /// Of an open slot, as find_open_slots has given it.
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: Option<String>,
    /// Of a hold: it becomes the appointment.
    pub hold_id: Option<Field<AppointmentId>>,
    /// A time of your own choice. It needs an override_reason.
    pub slot: Option<ChosenSlotIn>,
    /// For whom it is.
    pub attendee: AttendeeIn,
    /// What people of the business should know. Kept encrypted.
    pub note: Option<Field<Note>>,
    /// To what the service asks.
    #[oai(default, validator(max_items = 20))]
    pub answers: Vec<AnswerIn>,
    /// Why the business books against its own rules of notice, horizon, opening hours or missed appointments.
    /// Time that is taken cannot be booked.
    pub override_reason: Option<Field<Note>>,
    /// The customer wants it although they have another appointment at that time.
    #[oai(default, skip_serializing_if = "is_false")]
    pub accept_overlap: bool,
}

/// What is left out says the same under an `Idempotency-Key` as it did before there was the field.
pub fn is_false(flag: &bool) -> bool {
    !flag
}

/// A time that the business chooses itself, whether or not it is offered. It needs an override_reason.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChosenSlot", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ChosenSlotIn {
    pub service_id: Field<ServiceId>,
    /// When it starts: a whole minute.
    pub start: Field<DateTime<Utc>>,
    /// One for each need of the service, in order.
    #[oai(validator(min_items = 1, max_items = 5))]
    pub resource_ids: Vec<Field<ResourceId>>,
    /// The service's own, if it is left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "1440")))]
    pub duration_minutes: Option<u32>,
    /// Of a class; 1, if it is left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
    pub seats: Option<u32>,
}

/// An answer that was given to a question of the service.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Answer", skip_serializing_if_is_none)]
pub struct AnswerOut {
    /// The question's name for programs.
    pub question_id: String,
    /// As it was asked.
    pub question: String,
    /// Not there once the customer is erased.
    pub answer: Option<String>,
}

impl AnswerOut {
    fn of(answered: appointments::GivenAnswer) -> Self {
        Self { question_id: answered.question_id, question: answered.question, answer: answered.answer }
    }
}

/// What is owed for an appointment beside its price. Nothing is charged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "FeeOwed")]
pub struct FeeOwedOut {
    pub reason: FeeReasonDto,
    /// How much is owed.
    pub fee: MoneyDto,
}

/// Why a fee is owed.
///
/// * `late_reschedule`: the appointment was moved after its deadline;
/// * `late_cancellation`: it was cancelled after its deadline;
/// * `no_show`: the customer did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "FeeReason", rename_all = "snake_case")]
pub enum FeeReasonDto {
    LateReschedule,
    LateCancellation,
    NoShow,
}

impl FeeOwedOut {
    fn of(owed: FeeOwed) -> Self {
        Self { reason: owed.reason.into(), fee: owed.fee.into() }
    }
}

/// Moves an appointment to a slot: of a slot_token, of a hold_id, or one that the business chooses itself.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Reschedule", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RescheduleIn {
    /// The customer wants it although they have another appointment at that time.
    #[oai(default, skip_serializing_if = "is_false")]
    pub accept_overlap: bool,
    /// Of an open slot, as find_open_slots has given it.
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: Option<String>,
    /// Of a hold of the new time. It ends with the move.
    pub hold_id: Option<Field<AppointmentId>>,
    /// A time of your own choice. It needs an override_reason.
    pub slot: Option<ChosenSlotIn>,
    /// Why it is moved. Kept encrypted.
    pub reason: Option<Field<Note>>,
    /// The customer knows that it costs a fee.
    #[oai(default)]
    pub accept_fee: bool,
    /// Why the business sets its policy aside: no deadline, no fee, no notice, horizon or hours.
    pub override_reason: Option<Field<Note>>,
}

/// Cancels an appointment.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "Cancellation", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CancelIn {
    /// Why it is cancelled. Kept encrypted.
    pub reason: Option<Field<Note>>,
    /// The customer knows that it costs a fee.
    #[oai(default)]
    pub accept_fee: bool,
    /// Why the business sets its policy aside: no deadline, no fee.
    pub override_reason: Option<Field<Note>>,
}

/// What has become of an appointment.
///
/// * `held`: kept for somebody, and not booked;
/// * `released`: a hold that was given up;
/// * `lapsed`: a hold that ran out;
/// * `requested`: it takes its time, and the business has still to approve it;
/// * `declined`: the business has said no;
/// * `expired`: a request on which nobody has decided in time;
/// * `booked`: it stands;
/// * `checked_in`: the customer is there;
/// * `completed`: it has taken place;
/// * `no_show`: the customer did not come;
/// * `cancelled`: it was called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "AppointmentStatus")]
pub enum StatusDto {
    Held,
    Released,
    Lapsed,
    Requested,
    Declined,
    Expired,
    Booked,
    CheckedIn,
    Completed,
    NoShow,
    Cancelled,
}

same! {
    StatusDto = Status {
        Held, Released, Lapsed, Requested, Declined, Expired, Booked, CheckedIn, Completed, NoShow, Cancelled
    }
    FeeReasonDto = FeeReason { LateReschedule, LateCancellation, NoShow }
}

/// A time that is booked, or was; or one that is held or requested.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Appointment", skip_serializing_if_is_none)]
pub struct AppointmentOut {
    pub id: Field<AppointmentId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    pub status: StatusDto,
    pub service_id: Field<ServiceId>,
    /// With whom and what: one resource for each need of the service, in order.
    pub resource_ids: Vec<Field<ResourceId>>,
    /// If the customer was merged since, the survivor.
    pub customer_id: Option<Field<CustomerId>>,
    /// For whom, as it was booked; not there once they are erased.
    pub name: Option<String>,
    /// What people of the business should know; not there once the customer is erased.
    pub note: Option<String>,
    /// To what the service asked.
    pub answers: Vec<AnswerOut>,
    /// On the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// When it ends, on the same clock.
    pub end: DateTime<FixedOffset>,
    /// The zone of that clock.
    pub zone: Field<Zone>,
    /// Set where the rules of the zone have changed since: what the clock was to show. The appointment keeps
    /// its instant until it is moved.
    pub agreed_start: Option<DateTime<FixedOffset>>,
    pub price: Option<MoneyDto>,
    /// What is owed beside the price.
    pub fees: Vec<FeeOwedOut>,
    /// The version of the service whose rules and policy it was booked under.
    pub service_version: i64,
    /// The call in which it was booked, if it was in one.
    pub call_id: Option<Field<CallId>>,
    /// The series that it was booked with, if it was.
    pub series_id: Option<Field<SeriesId>>,
    /// Whom the waitlist offered its time to, if it did.
    pub waitlist_entry_id: Option<Field<WaitlistEntryId>>,
    /// Set while it is held.
    pub held_until: Option<DateTime<Utc>>,
    /// Set while it is requested: after that it expires.
    pub decide_by: Option<DateTime<Utc>>,
    /// Why it was cancelled or declined.
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
        Self {
            id: Field(id),
            version,
            status,
            service_id: Field(slot.service_id),
            resource_ids: slot.resources.iter().copied().map(Field).collect(),
            customer_id: None,
            name: None,
            note: None,
            answers: vec![],
            start: zone.local(slot.time.start),
            end: zone.local(slot.time.end),
            zone: Field(zone),
            agreed_start: (!slot.local_start.holds(slot.time.start)).then(|| slot.local_start.instant()),
            price: slot.agreement.price.map(MoneyDto::from),
            fees: vec![],
            service_version: slot.rules.service,
            call_id: source.call_id().map(Field),
            series_id: None,
            waitlist_entry_id: source.waitlist_entry_id().map(Field),
            held_until: None,
            decide_by: None,
            cancellation_reason: None,
        }
    }

    fn of_booking(id: AppointmentId, version: i64, status: StatusDto, booking: &Booking) -> Self {
        let attendee = &booking.attendee;
        let text =
            |note: &Option<Personal<Note>>| note.as_ref().and_then(Personal::known).map(Note::to_string);
        let answer = |answered: &Answered| AnswerOut::of(appointments::GivenAnswer::of(answered.clone()));
        Self {
            customer_id: Some(Field(attendee.customer_id)),
            name: attendee.name.known().map(Name::to_string),
            note: text(&attendee.note),
            answers: attendee.answers.iter().map(answer).collect(),
            fees: booking.fees.iter().copied().map(FeeOwedOut::of).collect(),
            cancellation_reason: text(&booking.ended_because),
            series_id: booking.series_id.map(Field),
            ..Self::new(id, version, status, &booking.slot, booking.source)
        }
    }

    /// What a command has made of it.
    pub fn of(view: AppointmentView) -> Self {
        // Whoever stands now for the customer with whom it was booked.
        let customer_id = view.customer.as_ref().map(|(id, _)| Field(*id));
        Self { customer_id, ..Self::of_appointment(view) }
    }

    fn of_appointment(AppointmentView { id, version, appointment, customer: _ }: AppointmentView) -> Self {
        let booking = |status, booking: &Booking| Self::of_booking(id, version, status, booking);
        let hold = |status, slot: &BookedSlot, source| Self::new(id, version, status, slot, source);
        match &appointment {
            Appointment::Held { slot, expires_at, source } => {
                Self { held_until: Some(*expires_at), ..hold(StatusDto::Held, slot, *source) }
            }
            Appointment::Released { slot, source } => hold(StatusDto::Released, slot, *source),
            Appointment::Lapsed { slot, source } => hold(StatusDto::Lapsed, slot, *source),
            Appointment::Requested { booking: requested, decide_by } => {
                Self { decide_by: Some(*decide_by), ..booking(StatusDto::Requested, requested) }
            }
            Appointment::Declined(declined) => booking(StatusDto::Declined, declined),
            Appointment::Expired(expired) => booking(StatusDto::Expired, expired),
            Appointment::Booked(booked) => booking(StatusDto::Booked, booked),
            Appointment::CheckedIn(checked_in) => booking(StatusDto::CheckedIn, checked_in),
            Appointment::Completed(completed) => booking(StatusDto::Completed, completed),
            Appointment::NoShow(missed) => booking(StatusDto::NoShow, missed),
            Appointment::Cancelled(cancelled) => booking(StatusDto::Cancelled, cancelled),
            // No command ends with an appointment on which nothing has happened.
            Appointment::Unknown => unreachable!("a command has acted on this appointment"),
        }
    }

    pub fn of_row(row: AppointmentRow) -> Self {
        Self {
            customer_id: row.customer_id.map(Field),
            name: row.name,
            note: row.note,
            answers: row.answers.into_iter().map(AnswerOut::of).collect(),
            fees: row.fees.into_iter().map(FeeOwedOut::of).collect(),
            held_until: row.held_until.filter(|_| row.status == Status::Held),
            decide_by: row.decide_by,
            series_id: row.series_id.map(Field),
            cancellation_reason: row.cancellation_reason,
            ..Self::new(row.id, row.version, row.status.into(), &row.slot, row.source)
        }
    }
}

page!(AppointmentPage of AppointmentOut);

pub struct AppointmentsApi(pub App);

fn one_of_three() -> Problem {
    Fault::body("", "must have one of slot_token, hold_id and slot").into()
}

/// Where the terms of a chosen slot stand in it.
fn place_of(error: &BadTerms) -> &'static str {
    match error {
        BadTerms::Resource => "resource_ids/0",
        BadTerms::Duration { .. } | BadTerms::Seats(_) => error.field(),
    }
}

fn needs_reason() -> Problem {
    Fault::body("/override_reason", "is needed with a slot; else give a slot_token").into()
}

/// An appointment as it is read, even if it was written a moment ago.
pub async fn known(app: &App, tenant: BusinessId, id: AppointmentId) -> Result<AppointmentRow, Problem> {
    let find = || appointments::find(&app.pool, tenant, id);
    let found = app.positions.find(&Appointments, find).await.map_err(ReadError::from)?;
    found.ok_or_else(|| Problem::refused(&AppointmentError::NotFound.into()))
}

impl AppointmentsApi {
    /// The slot of a hold, as if it had been offered.
    async fn held(&self, tenant: BusinessId, hold_id: AppointmentId) -> Result<SlotOffer, Problem> {
        let AppointmentRow { status, slot: held, .. } = known(&self.0, tenant, hold_id).await?;
        // Once it is released, the move has been made or the time is anybody's.
        if !matches!(status, Status::Held | Status::Released) {
            return Err(Problem::refused(&AppointmentError::HoldNotFound.into()));
        }
        let terms = Terms { with: held.resources.first().copied(), ..held.terms() };
        let slot = Slot { time: held.time, resources: held.resources, seats_left: None };
        Ok(SlotOffer::of(held.service_id, &slot, terms, self.0.bus.clock().now()))
    }

    /// A time that the business has chosen itself, as if it had been offered.
    async fn chosen(&self, tenant: BusinessId, slot: ChosenSlotIn) -> Result<SlotOffer, Problem> {
        let resources: Vec<ResourceId> = slot.resource_ids.into_iter().map(|id| id.0).collect();
        let offered = self.0.open_slots.offer(tenant, slot.service_id.0).await?;
        let with = resources.first().copied();
        let terms = offered
            .terms(slot.duration_minutes, slot.seats, with)
            .map_err(|error| Fault::body(format!("/slot/{}", place_of(&error)), error))?;
        let minutes = terms.duration_minutes.unwrap_or(offered.rules.service.duration_minutes);
        let start = slot.start.0;
        if start.second() != 0 || start.nanosecond() != 0 {
            return Err(Fault::body("/slot/start", "must be a whole minute").into());
        }
        let time = Interval::starting(start, TimeDelta::minutes(minutes.into()));
        let slot = Slot { time, resources, seats_left: None };
        Ok(SlotOffer::of(offered.rules.service_id, &slot, terms, self.0.bus.clock().now()))
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl AppointmentsApi {
    /// Book an appointment
    ///
    /// Of a slot_token from the open slots, or of a hold. A time that has been taken is refused with other
    /// open slots.
    #[oai(path = "/businesses/:business_id/appointments", method = "post", operation_id = "book_appointment")]
    async fn book(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<BookIn>,
    ) -> Result<Created<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "book_appointment", body.to_json());
        let BookIn {
            slot_token,
            hold_id,
            slot,
            attendee,
            note,
            answers,
            override_reason,
            accept_overlap: accepts_overlap,
        } = body.0;
        let (who, note) = (attendee.read()?, note.map(Field::personal));
        let source = Source::Api;
        let answers = answers.into_iter().map(AnswerIn::read).collect();
        let override_reason = override_reason.map(Field::personal);
        let offer = match (slot_token, hold_id, slot) {
            (None, Some(hold_id), None) if override_reason.is_none() => {
                let command = ConfirmHold { hold_id: hold_id.0, who, note, answers, source, accepts_overlap };
                return write.run(&self.0, &command, AppointmentOut::of).await;
            }
            (Some(token), None, None) => offer(&self.0, tenant, &token)?,
            (None, None, Some(slot)) if override_reason.is_some() => self.chosen(tenant, slot).await?,
            (None, None, Some(_)) => {
                return Err(needs_reason());
            }
            (None, Some(_), None) => {
                let detail = "is not taken with a hold, which keeps the rules already";
                return Err(Fault::body("/override_reason", detail).into());
            }
            _ => return Err(one_of_three()),
        };
        let command = BookAppointment {
            note,
            answers,
            override_reason,
            accepts_overlap,
            ..BookAppointment::new(offer, who, source)
        };
        write.run(&self.0, &command, AppointmentOut::of).await
    }

    /// Move an appointment
    ///
    /// To another slot of the same or another service, in one step: it never loses its old time without
    /// getting the new one. It is held to the policy that it was booked under.
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
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<RescheduleIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "reschedule_appointment",
            json!([appointment_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let RescheduleIn { slot_token, hold_id, slot, reason, accept_fee, accept_overlap, override_reason } =
            body.0;
        let offer = match (slot_token, hold_id, slot) {
            (Some(token), None, None) => offer(&self.0, tenant, &token)?,
            (None, Some(hold_id), None) => self.held(tenant, hold_id.0).await?,
            (None, None, Some(slot)) if override_reason.is_some() => self.chosen(tenant, slot).await?,
            (None, None, Some(_)) => return Err(needs_reason()),
            _ => return Err(one_of_three()),
        };
        let command = RescheduleAppointment {
            reason: reason.map(Field::personal),
            accepts_fee: accept_fee,
            override_reason: override_reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
            hold_id: hold_id.map(|id| id.0),
            accepts_overlap: accept_overlap,
            ..RescheduleAppointment::new(appointment_id.0.0, offer)
        };
        write.run(&self.0, &command, AppointmentOut::of).await
    }

    /// Cancel an appointment
    ///
    /// It is held to the policy that it was booked under: after its deadline it costs a fee, or only the
    /// business can still do it.
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
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<CancelIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "cancel_appointment",
            json!([appointment_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let command = CancelAppointment {
            appointment_id: appointment_id.0.0,
            reason: body.0.reason.map(Field::personal),
            accepts_fee: body.0.accept_fee,
            override_reason: body.0.override_reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
        };
        write.run(&self.0, &command, AppointmentOut::of).await
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
        from: Query<Option<Field<DateTime<Utc>>>>,
        /// Those that start before it.
        to: Query<Option<Field<DateTime<Utc>>>>,
        /// Those in this status.
        status: Query<Option<StatusDto>>,
        /// Those of this customer, and of whoever was merged into them.
        customer_id: Query<Option<Field<CustomerId>>>,
        /// Those that take time of this resource.
        resource_id: Query<Option<Field<ResourceId>>>,
        /// Those of this service.
        service_id: Query<Option<Field<ServiceId>>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AppointmentPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let (from, to) = (from.as_ref().map(|from| from.0), to.as_ref().map(|to| to.0));
        if let (Some(from), Some(to)) = (from, to) {
            Interval::checked(from, to).map_err(|error| Fault::query("to", error))?;
        }
        let list = List::of("appointments", tenant, &cursor, *limit);
        let filter = Filter {
            from,
            to,
            statuses: status.map(Status::from).into_iter().collect(),
            customer_id: customer_id.as_ref().map(|id| id.0),
            resource_id: resource_id.as_ref().map(|id| id.0),
            service_id: service_id.as_ref().map(|id| id.0),
        };
        let read = Read::of(&self.0, &Appointments).and(&Customers).at(&min_position);
        let page = read.page(list, |page| appointments::list(&self.0.pool, tenant, &filter, page)).await?;
        Ok(page.map(AppointmentOut::of_row).into())
    }

    /// Get an appointment
    ///
    /// A hold is one, too, with the status held.
    #[oai(
        path = "/businesses/:business_id/appointments/:appointment_id",
        method = "get",
        operation_id = "get_appointment"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        appointment_id: Path<Field<AppointmentId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<AppointmentOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let read = Read::of(&self.0, &Appointments).and(&Customers).at(&min_position);
        let find = || appointments::find(&self.0.pool, tenant, appointment_id.0.0);
        Ok(Reply::new(AppointmentOut::of_row(read.one("there is no such appointment", find).await?)))
    }
}
