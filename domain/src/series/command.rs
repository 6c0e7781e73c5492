use chrono::NaiveDate;

use super::event::Occurrence;
use super::rule::RecurrenceRule;
use crate::appointment::Source;
use crate::shared::ids::{AppointmentId, CustomerId, ServiceId};
use crate::shared::metadata::Actor;
use crate::shared::refusal::Conflict;
use crate::shared::time::LocalTime;

#[derive(Debug, Clone, PartialEq)]
pub enum SeriesCommand {
    Book {
        service_id: ServiceId,
        rule: RecurrenceRule,
        without: Vec<NaiveDate>,
        local_start: LocalTime,
        customer_id: CustomerId,
        occurrences: Vec<Occurrence>,
        skipped: Vec<Conflict>,
        source: Source,
        by: Actor,
    },
    Reschedule {
        appointment_ids: Vec<AppointmentId>,
        shift_minutes: i64,
        by: Actor,
    },
    Cancel {
        appointment_ids: Vec<AppointmentId>,
        by: Actor,
    },
}
