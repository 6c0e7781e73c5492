//! `/api/v1/businesses/{business_id}/series`: appointments that recur, booked, moved and cancelled together.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use frontdesk_application::app::App;
use frontdesk_application::reads::ReadError;
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::series::{
    BookSeries, CancelSeries, RescheduleSeries, Scope, SeriesView,
};
use frontdesk_domain::booking::series::rule::RecurrenceRule;
use frontdesk_domain::booking::series::{BookedSeries, Occurrence};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, CustomerId, SeriesId, ServiceId};
use frontdesk_domain::values::text::Note;
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::appointments::{self, Appointments};
use frontdesk_projections::customers::Customers;
use frontdesk_projections::series::{self, SeriesList, SeriesRow};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::json;

use super::appointments::AppointmentOut;
use super::appointments::is_false;
use super::attendee::{AnswerIn, AttendeeIn};
use super::caller::Caller;
use super::conflict::ConflictOut;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Out, Reply};
use super::slot_token::offer;
use super::tag::Tag;
use super::write::{Write, seen_version};

/// Books a slot and those that a rule makes of it.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewSeries", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct SeriesIn {
    /// Of an open slot for the first appointment. The rule counts from it, at its time of day on the
    /// business's wall clock.
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: String,
    /// A recurrence rule of RFC 5545 with COUNT or UNTIL: FREQ=WEEKLY;COUNT=10, or
    /// FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231. It gives at most 104 appointments, the first one among them.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub rule: String,
    /// Dates that the rule gives and that are not wanted (EXDATE). They count as given.
    #[oai(default, validator(max_items = 366))]
    pub excluded_dates: Vec<Field<NaiveDate>>,
    /// For whom they are.
    pub attendee: AttendeeIn,
    /// What people of the business should know. Kept encrypted.
    pub note: Option<Field<Note>>,
    /// To what the service asks.
    #[oai(default, validator(max_items = 20))]
    pub answers: Vec<AnswerIn>,
    /// Why the business books against its own rules of notice, horizon, opening hours or missed appointments.
    /// Time that is taken cannot be booked.
    pub override_reason: Option<Field<Note>>,
    /// Books the others, where some cannot be had; without it nothing is booked then.
    #[oai(default)]
    pub skip_conflicts: bool,
    /// The customer wants them although they have other appointments at these times.
    #[oai(default, skip_serializing_if = "is_false")]
    pub accept_overlap: bool,
}

/// Which appointments of a series are meant.
///
/// * `following`: one, and those after it by their numbers;
/// * `all`: all that have not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "SeriesScope")]
pub enum ScopeDto {
    Following,
    All,
}

/// Moves appointments of a series.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SeriesReschedule", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RescheduleIn {
    /// The appointment that moves to the slot. The others move by as much, in days and on the wall clock.
    pub appointment_id: Field<AppointmentId>,
    /// Which of them are moved.
    pub scope: ScopeDto,
    /// Of the open slot that it moves to.
    #[oai(validator(min_length = 1, max_length = 512))]
    pub slot_token: String,
    /// Why they are moved. Kept encrypted.
    pub reason: Option<Field<Note>>,
    /// The customer knows that it costs a fee for each of them that is late.
    #[oai(default)]
    pub accept_fee: bool,
    /// Why the business sets its policy aside: no deadline, no fee, no notice, horizon or hours.
    pub override_reason: Option<Field<Note>>,
}

/// Cancels appointments of a series.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SeriesCancellation", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CancelIn {
    /// The first to be cancelled; without it all that have not begun are.
    pub from: Option<Field<AppointmentId>>,
    /// Why they are cancelled. Kept encrypted.
    pub reason: Option<Field<Note>>,
    /// The customer knows that it costs a fee for each of them that is late.
    #[oai(default)]
    pub accept_fee: bool,
    /// Why the business sets its policy aside: no deadline, no fee.
    pub override_reason: Option<Field<Note>>,
}

/// One appointment of a series.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SeriesOccurrence")]
pub struct OccurrenceOut {
    /// Its place among what the rule gives, from 1.
    pub number: u16,
    /// When it was to be when the series was booked.
    pub booked_for: DateTime<FixedOffset>,
    /// As it is now.
    pub appointment: AppointmentOut,
}

/// Appointments that recur.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Series", skip_serializing_if_is_none)]
pub struct SeriesOut {
    pub id: Field<SeriesId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    pub service_id: Field<ServiceId>,
    /// If the customer was merged since, the survivor.
    pub customer_id: Field<CustomerId>,
    /// The recurrence rule (RFC 5545).
    pub rule: String,
    /// Dates that the rule gives and that were not wanted.
    pub excluded_dates: Vec<NaiveDate>,
    /// From when the rule counts, on the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// The zone of that clock.
    pub zone: Field<Zone>,
    /// The appointments, in the order of their numbers.
    pub occurrences: Vec<OccurrenceOut>,
    /// What the rule gives, too, and could not be booked.
    pub skipped: Vec<ConflictOut>,
}

impl Out for SeriesOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl SeriesOut {
    /// With its appointments in the order of their numbers.
    fn new(
        (id, version, customer_id): (SeriesId, i64, CustomerId),
        series: &BookedSeries,
        appointments: impl Iterator<Item = AppointmentOut>,
    ) -> Self {
        let occurrence = |(occurrence, appointment): (&Occurrence, AppointmentOut)| OccurrenceOut {
            number: occurrence.number,
            booked_for: occurrence.local_start.instant(),
            appointment,
        };
        Self {
            id: Field(id),
            version,
            service_id: Field(series.service_id),
            customer_id: Field(customer_id),
            rule: series.rule.to_string(),
            excluded_dates: series.without.clone(),
            start: series.local_start.instant(),
            zone: Field(series.local_start.zone),
            occurrences: series.occurrences.iter().zip(appointments).map(occurrence).collect(),
            skipped: series.skipped.iter().map(ConflictOut::of).collect(),
        }
    }

    /// What a command has made of it.
    fn of(view: SeriesView) -> Self {
        let appointments = view.appointments.into_iter().map(AppointmentOut::of);
        Self::new((view.id, view.version, view.customer_id), &view.series, appointments)
    }
}

/// A series in a list.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SeriesItem")]
pub struct SeriesItem {
    pub id: Field<SeriesId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    pub service_id: Field<ServiceId>,
    /// If the customer was merged since, the survivor.
    pub customer_id: Field<CustomerId>,
    /// The recurrence rule (RFC 5545).
    pub rule: String,
    /// From when the rule counts, on the business's wall clock, with its offset.
    pub start: DateTime<FixedOffset>,
    /// The zone of that clock.
    pub zone: Field<Zone>,
    /// How many appointments were booked.
    pub appointments: u16,
    /// When it was booked.
    pub booked_at: DateTime<Utc>,
}

impl SeriesItem {
    fn of(row: SeriesRow) -> Self {
        let series = row.series();
        Self {
            id: Field(row.id()),
            version: row.version,
            service_id: Field(series.service_id),
            customer_id: Field(row.customer_id()),
            rule: series.rule.to_string(),
            start: series.local_start.instant(),
            zone: Field(series.local_start.zone),
            appointments: series.occurrences.len() as u16,
            booked_at: row.booked_at,
        }
    }
}

page!(SeriesPage of SeriesItem);

pub struct SeriesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Appointments")]
impl SeriesApi {
    /// Book a series of appointments
    ///
    /// All in one step. If some cannot be had, nothing is booked and `conflicts` says which and why, all of
    /// them at once; with `skip_conflicts` the others are booked, and `skipped` says the same.
    #[oai(path = "/businesses/:business_id/series", method = "post", operation_id = "book_series")]
    async fn book(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<SeriesIn>,
    ) -> Result<Created<SeriesOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "book_series", body.to_json());
        let SeriesIn {
            slot_token,
            rule,
            excluded_dates,
            attendee,
            note,
            answers,
            override_reason,
            skip_conflicts,
            accept_overlap,
        } = body.0;
        let command = BookSeries {
            offer: offer(&self.0, tenant, &slot_token)?,
            rule: RecurrenceRule::parse(&rule).map_err(|error| Problem::refused(&error.into()))?,
            without: excluded_dates.into_iter().map(|date| date.0).collect(),
            who: attendee.read()?,
            note: note.map(Field::personal),
            answers: answers.into_iter().map(AnswerIn::read).collect(),
            source: Source::Api,
            override_reason: override_reason.map(Field::personal),
            skip_conflicts,
            accepts_overlap: accept_overlap,
        };
        write.run(&self.0, &command, SeriesOut::of).await
    }

    /// List series
    ///
    /// The newest first. What has become of their appointments is told of each one alone.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/series", method = "get", operation_id = "list_series")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Those of this customer, and of whoever was merged into them.
        customer_id: Query<Option<Field<CustomerId>>>,
        /// Those of this service.
        service_id: Query<Option<Field<ServiceId>>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<SeriesPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("series", tenant, &cursor, *limit);
        let customer_id = customer_id.as_ref().map(|id| id.0);
        let service_id = service_id.as_ref().map(|id| id.0);
        let read = Read::of(&self.0, &SeriesList).and(&Customers).at(&min_position);
        let page =
            read.page(list, |page| series::list(&self.0.pool, tenant, customer_id, service_id, page)).await?;
        Ok(page.map(SeriesItem::of).into())
    }

    /// Get a series
    ///
    /// With its appointments as they are now.
    #[oai(path = "/businesses/:business_id/series/:series_id", method = "get", operation_id = "get_series")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        series_id: Path<Field<SeriesId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<SeriesOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let read = Read::of(&self.0, &SeriesList).and(&Appointments).and(&Customers).at(&min_position);
        let find = || series::find(&self.0.pool, tenant, series_id.0.0);
        let row = read.one("there is no such series", find).await?;
        let ids: Vec<AppointmentId> =
            row.series().occurrences.iter().map(|occurrence| occurrence.appointment_id).collect();
        // The list of appointments may be behind the list of series.
        let all_of_them = || async {
            let found = appointments::find_all(&self.0.pool, tenant, &ids).await?;
            Ok::<_, sqlx::Error>((found.len() == ids.len()).then_some(found))
        };
        let found = self.0.positions.find(&Appointments, all_of_them).await?.ok_or(ReadError::Behind)?;
        let mut found: HashMap<AppointmentId, _> = found.into_iter().map(|row| (row.id, row)).collect();
        let in_order = ids.iter().filter_map(|id| found.remove(id)).map(AppointmentOut::of_row);
        Ok(Reply::new(SeriesOut::new((row.id(), row.version, row.customer_id()), row.series(), in_order)))
    }

    /// Move appointments of a series
    ///
    /// One of them to a slot, and those after it, or all, by as much: three days later and an hour earlier on
    /// the wall clock. Those that were moved alone before move on from where they are. All in one step, of
    /// those that have not begun; if some cannot be had, nothing is moved and `conflicts` says which and why.
    /// One alone is moved as any appointment.
    #[oai(
        path = "/businesses/:business_id/series/:series_id/reschedule",
        method = "post",
        operation_id = "reschedule_series"
    )]
    async fn reschedule(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        series_id: Path<Field<SeriesId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<RescheduleIn>,
    ) -> Result<Reply<SeriesOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "reschedule_series",
            json!([series_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let command = RescheduleSeries {
            series_id: series_id.0.0,
            appointment_id: body.0.appointment_id.0,
            offer: offer(&self.0, tenant, &body.slot_token)?,
            scope: match body.0.scope {
                ScopeDto::Following => Scope::Following,
                ScopeDto::All => Scope::All,
            },
            reason: body.0.reason.map(Field::personal),
            accepts_fee: body.0.accept_fee,
            override_reason: body.0.override_reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
        };
        write.run(&self.0, &command, SeriesOut::of).await
    }

    /// Cancel appointments of a series
    ///
    /// Those that have not begun: all, or those from one on. One alone is cancelled as any appointment.
    #[oai(
        path = "/businesses/:business_id/series/:series_id/cancel",
        method = "post",
        operation_id = "cancel_series"
    )]
    async fn cancel(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        series_id: Path<Field<SeriesId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<CancelIn>,
    ) -> Result<Reply<SeriesOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "cancel_series",
            json!([series_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let command = CancelSeries {
            series_id: series_id.0.0,
            from: body.0.from.map(|from| from.0),
            reason: body.0.reason.map(Field::personal),
            accepts_fee: body.0.accept_fee,
            override_reason: body.0.override_reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
        };
        write.run(&self.0, &command, SeriesOut::of).await
    }
}
