use chrono::NaiveDate;

use super::event::Occurrence;
use super::rule::RecurrenceRule;
use crate::booking::appointment::Source;
use crate::kernel::ids::{AppointmentId, CustomerId, ServiceId};
use crate::kernel::metadata::Actor;
use crate::kernel::refusal::Conflict;
use crate::values::time::LocalTime;

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
