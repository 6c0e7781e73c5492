//! `/api/v1/businesses/{business_id}/waitlist`: waiting for a time to become free, being offered one,
//! answering.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::waitlist::{
    AcceptOffer, DeclineOffer, EntryView, JoinWaitlist, JoinedView, LeaveWaitlist,
};
use frontdesk_domain::booking::waitlist::Wish;
use frontdesk_domain::booking::waitlist_entry::{JoinedEntry, Stage, Status};
use frontdesk_domain::kernel::ids::{
    AppointmentId, BusinessId, CallId, CustomerId, ResourceId, ServiceId, WaitlistEntryId,
};
use frontdesk_domain::scheduling::availability::Terms;
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::text::Note;
use frontdesk_domain::values::time::{TimeOfDay, Zone};
use frontdesk_projections::customers::Customers;
use frontdesk_projections::waitlist::{self, EntryRow, Filter, Waitlist};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::json;

use super::appointments::AppointmentOut;
use super::attendee::{AnswerIn, AttendeeIn};
use super::caller::Caller;
use super::field::Field;
use super::open_slot::OpenSlotOut;
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Done, Out, Reply};
use super::tag::Tag;
use super::write::Write;

/// What somebody waits for: an appointment that starts on one of these dates, at these times of the day, on
/// the business's clock.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewWaitlistEntry", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct JoinIn {
    pub service_id: Field<ServiceId>,
    /// Who waits.
    pub attendee: AttendeeIn,
    /// The first date that suits, in the zone of the business.
    pub first_date: Field<NaiveDate>,
    /// At most 366 days, the first included; only first_date, if it is left out.
    pub last_date: Option<Field<NaiveDate>>,
    /// Starts at or after it; at any time of the day, if both are left out.
    pub from_time: Option<Field<TimeOfDay>>,
    /// Starts before it.
    pub to_time: Option<Field<TimeOfDay>>,
    /// For so many minutes: one of the durations that the service offers; its first, if it is left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "1440")))]
    pub duration_minutes: Option<u32>,
    /// For so many people, of a class; 1 if it is left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
    pub seats: Option<u32>,
    /// With this resource.
    pub resource_id: Option<Field<ResourceId>>,
}

impl JoinIn {
    fn wish(&self) -> Wish {
        let terms = Terms {
            duration_minutes: self.duration_minutes,
            seats: self.seats.unwrap_or(1),
            with: self.resource_id.as_ref().map(|id| id.0),
        };
        Wish {
            service_id: self.service_id.0,
            terms,
            dates: Dates { first: self.first_date.0, last: self.last_date.unwrap_or(self.first_date).0 },
            from_time: self.from_time.as_ref().map_or(TimeOfDay::START, |time| time.0),
            to_time: self.to_time.as_ref().map_or(TimeOfDay::END, |time| time.0),
        }
    }
}

/// Takes what was offered.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "AcceptOffer", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct AcceptIn {
    /// What people of the business should know. Kept encrypted.
    pub note: Option<Field<Note>>,
    /// To the service's questions, those that are required at least.
    #[oai(default, validator(max_items = 20))]
    pub answers: Vec<AnswerIn>,
}

/// How an entry of the waitlist stands.
///
/// * `waiting`: nothing that suits has become free;
/// * `offered`: a time is kept until the offer is answered or lapses;
/// * `accepted`: it became an appointment;
/// * `left`: whoever waited has left;
/// * `expired`: its dates have passed;
/// * `dropped`: three offers were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "WaitlistStatus")]
pub enum StatusDto {
    Waiting,
    Offered,
    Accepted,
    Left,
    Expired,
    Dropped,
}

impl From<Status> for StatusDto {
    fn from(status: Status) -> Self {
        match status {
            Status::Waiting => Self::Waiting,
            Status::Offered => Self::Offered,
            Status::Accepted => Self::Accepted,
            Status::Left => Self::Left,
            Status::Expired => Self::Expired,
            Status::Dropped => Self::Dropped,
        }
    }
}

impl From<StatusDto> for Status {
    fn from(status: StatusDto) -> Self {
        match status {
            StatusDto::Waiting => Self::Waiting,
            StatusDto::Offered => Self::Offered,
            StatusDto::Accepted => Self::Accepted,
            StatusDto::Left => Self::Left,
            StatusDto::Expired => Self::Expired,
            StatusDto::Dropped => Self::Dropped,
        }
    }
}

/// A time that is kept for somebody who waited for it. Nobody else can book it until the offer is answered or
/// lapses.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "WaitlistOffer")]
pub struct OfferOut {
    /// The hold, and the appointment's id when the offer is accepted.
    pub appointment_id: Field<AppointmentId>,
    /// On the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// When it ends, on the same clock.
    pub end: DateTime<FixedOffset>,
    /// Until when it is kept.
    pub expires_at: DateTime<Utc>,
}

/// Somebody who waits for a time to become free, or has waited.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "WaitlistEntry", skip_serializing_if_is_none)]
pub struct EntryOut {
    pub id: Field<WaitlistEntryId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    pub status: StatusDto,
    pub service_id: Field<ServiceId>,
    /// If the customer was merged since, the survivor.
    pub customer_id: Field<CustomerId>,
    /// As it was given; not there once they are erased.
    pub name: Option<String>,
    /// The first date that suits.
    pub first_date: NaiveDate,
    /// The last date that suits.
    pub last_date: NaiveDate,
    /// The appointment starts at or after this time of day.
    pub from_time: Field<TimeOfDay>,
    /// The appointment starts before this time of day.
    pub to_time: Field<TimeOfDay>,
    /// How long the appointment is to be; as long as the service says, if it is not there.
    pub duration_minutes: Option<u32>,
    /// For how many people.
    pub seats: u32,
    /// With whom or what; with any that serves, if it is not there.
    pub resource_id: Option<Field<ResourceId>>,
    /// The zone of these dates and times.
    pub zone: Field<Zone>,
    /// When they joined.
    pub joined_at: DateTime<Utc>,
    /// The call in which they joined, if it was in one.
    pub call_id: Option<Field<CallId>>,
    /// Which one it is of those who wait for the service, counted from 1; while it waits.
    pub number: Option<u32>,
    /// While it is to be answered.
    pub offer: Option<OfferOut>,
    /// Of an offer that was accepted.
    pub appointment_id: Option<Field<AppointmentId>>,
    /// How many offers they have declined or let lapse. After three the entry ends.
    pub offers_not_taken: u32,
    /// Told to whoever joins: what of it is open already and need not be waited for.
    pub open_slots: Option<Vec<OpenSlotOut>>,
}

impl Out for EntryOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl EntryOut {
    fn new(
        id: WaitlistEntryId,
        version: i64,
        entry: JoinedEntry,
        customer_id: CustomerId,
        number: Option<u32>,
    ) -> Self {
        let JoinedEntry { joined, stage, offers_not_taken } = entry;
        let (wish, zone) = (joined.wish, joined.zone);
        let (offer, appointment_id) = match stage {
            Stage::Offered(offer) => {
                let (start, end) = (zone.local(offer.time.start), zone.local(offer.time.end));
                let appointment_id = Field(offer.hold_id);
                (Some(OfferOut { appointment_id, start, end, expires_at: offer.expires_at }), None)
            }
            Stage::Accepted { appointment_id } => (None, Some(Field(appointment_id))),
            Stage::Waiting | Stage::Left | Stage::Expired | Stage::Dropped => (None, None),
        };
        Self {
            id: Field(id),
            version,
            status: Status::from(stage).into(),
            service_id: Field(wish.service_id),
            customer_id: Field(customer_id),
            name: joined.name.into_known().map(String::from),
            first_date: wish.dates.first,
            last_date: wish.dates.last,
            from_time: Field(wish.from_time),
            to_time: Field(wish.to_time),
            duration_minutes: wish.terms.duration_minutes,
            seats: wish.terms.seats,
            resource_id: wish.terms.with.map(Field),
            zone: Field(zone),
            joined_at: joined.at,
            call_id: joined.source.call_id().map(Field),
            number,
            offer,
            appointment_id,
            offers_not_taken,
            open_slots: None,
        }
    }

    fn of(view: EntryView) -> Self {
        let number = view.number.and_then(|number| u32::try_from(number).ok());
        Self::new(view.id, view.version, view.entry, view.customer_id, number)
    }

    fn of_row(row: EntryRow) -> Self {
        let number = row.number.and_then(|number| u32::try_from(number).ok());
        Self::new(row.id, row.version, row.entry, row.customer_id, number)
    }
}

page!(WaitlistPage of EntryOut);

pub struct WaitlistApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Waitlist")]
impl WaitlistApi {
    /// Join the waitlist
    ///
    /// Time that becomes free is kept for whoever has waited longest for it, and offered to them. A customer
    /// who waits for something like it already keeps their entry, and gets it. What is open now is told
    /// along: it need not be waited for.
    #[oai(path = "/businesses/:business_id/waitlist", method = "post", operation_id = "join_waitlist")]
    async fn join(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<JoinIn>,
    ) -> Result<Created<EntryOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "join_waitlist", body.to_json());
        let command = JoinWaitlist { wish: body.0.wish(), who: body.0.attendee.read()?, source: Source::Api };
        let show = |JoinedView { view, open }: JoinedView| {
            let open_slots = Some(OpenSlotOut::of_open(&open));
            EntryOut { open_slots, ..EntryOut::of(view) }
        };
        write.run(&self.0, &command, show).await
    }

    /// List the waitlist
    ///
    /// In the order of the line; those who no longer wait are in it, with their status.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/waitlist", method = "get", operation_id = "list_waitlist")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Those in this status.
        status: Query<Option<StatusDto>>,
        /// Those of this customer, and of whoever was merged into them.
        customer_id: Query<Option<Field<CustomerId>>>,
        /// Those who wait for this service.
        service_id: Query<Option<Field<ServiceId>>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<WaitlistPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("waitlist", tenant, &cursor, *limit);
        let filter = Filter {
            service_id: service_id.as_ref().map(|id| id.0),
            customer_id: customer_id.as_ref().map(|id| id.0),
            status: status.map(Status::from),
        };
        let read = Read::of(&self.0, &Waitlist).and(&Customers).at(&min_position);
        let page = read.page(list, |page| waitlist::list(&self.0.pool, tenant, &filter, page)).await?;
        Ok(page.map(EntryOut::of_row).into())
    }

    /// Get an entry of the waitlist
    ///
    /// With the time that is offered, while one is.
    #[oai(
        path = "/businesses/:business_id/waitlist/:entry_id",
        method = "get",
        operation_id = "get_waitlist_entry"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        entry_id: Path<Field<WaitlistEntryId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<EntryOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let read = Read::of(&self.0, &Waitlist).and(&Customers).at(&min_position);
        let find = || waitlist::find(&self.0.pool, tenant, entry_id.0.0);
        Ok(Reply::new(EntryOut::of_row(read.one("there is no such entry on the waitlist", find).await?)))
    }

    /// Leave the waitlist
    ///
    /// A time that was offered is free again, and offered to the next.
    #[oai(
        path = "/businesses/:business_id/waitlist/:entry_id",
        method = "delete",
        operation_id = "leave_waitlist"
    )]
    async fn leave(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        entry_id: Path<Field<WaitlistEntryId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run_silently(&self.0, &LeaveWaitlist { entry_id: entry_id.0.0 }).await
    }

    /// Accept an offer
    ///
    /// Books the time that is kept, or requests it where the business approves what is booked. Whoever
    /// accepts twice gets the same appointment. An offer that has lapsed is refused with other open slots.
    #[oai(
        path = "/businesses/:business_id/waitlist/:entry_id/accept",
        method = "post",
        operation_id = "accept_waitlist_offer"
    )]
    async fn accept(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        entry_id: Path<Field<WaitlistEntryId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<AcceptIn>,
    ) -> Result<Reply<AppointmentOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = json!([entry_id.0.to_string(), body.to_json()]);
        let write = Write::by(&caller, tenant).once(&idempotency_key, "accept_waitlist_offer", content);
        let AcceptIn { note, answers } = body.0;
        let command = AcceptOffer {
            entry_id: entry_id.0.0,
            note: note.map(Field::personal),
            answers: answers.into_iter().map(AnswerIn::read).collect(),
        };
        write.run(&self.0, &command, AppointmentOut::of).await
    }

    /// Decline an offer
    ///
    /// Its time is free again, and offered to the next. The entry waits on, behind all others; after three
    /// offers that were not taken it ends.
    #[oai(
        path = "/businesses/:business_id/waitlist/:entry_id/decline",
        method = "post",
        operation_id = "decline_waitlist_offer"
    )]
    async fn decline(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        entry_id: Path<Field<WaitlistEntryId>>,
    ) -> Result<Reply<EntryOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run(&self.0, &DeclineOffer { entry_id: entry_id.0.0 }, EntryOut::of).await
    }
}
