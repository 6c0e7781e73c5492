use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::command::SeriesCommand;
use super::error::SeriesError;
use super::event::{Occurrence, SeriesEvent};
use super::rule::RecurrenceRule;
use crate::booking::appointment::Source;
use crate::kernel::ids::{AppointmentId, CustomerId, SeriesId, ServiceId};
use crate::kernel::refusal::Conflict;
use crate::values::time::LocalTime;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Series {
    #[default]
    Unknown,
    Booked(BookedSeries),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookedSeries {
    pub service_id: ServiceId,
    pub rule: RecurrenceRule,
    pub without: Vec<NaiveDate>,
    pub local_start: LocalTime,
    pub customer_id: CustomerId,
    /// In the order of their numbers.
    pub occurrences: Vec<Occurrence>,
    pub skipped: Vec<Conflict>,
    pub source: Source,
}

impl BookedSeries {
    /// An appointment and those after it, as they were booked.
    pub fn from(&self, appointment_id: AppointmentId) -> Result<&[Occurrence], SeriesError> {
        let place =
            self.occurrences.iter().position(|occurrence| occurrence.appointment_id == appointment_id);
        place.map(|place| &self.occurrences[place..]).ok_or(SeriesError::NotInSeries)
    }
}

impl Series {
    pub fn booked(&self) -> Result<&BookedSeries, SeriesError> {
        match self {
            Self::Booked(series) => Ok(series),
            Self::Unknown => Err(SeriesError::NotFound),
        }
    }

    pub fn decide(&self, command: SeriesCommand) -> Result<Vec<SeriesEvent>, SeriesError> {
        match command {
            SeriesCommand::Book {
                service_id,
                rule,
                without,
                local_start,
                customer_id,
                occurrences,
                skipped,
                source,
                by,
            } => match self {
                Self::Booked(_) => Err(SeriesError::AlreadyBooked),
                Self::Unknown if occurrences.is_empty() => Err(SeriesError::Empty),
                Self::Unknown => Ok(vec![SeriesEvent::SeriesBooked {
                    service_id,
                    rule,
                    without,
                    local_start,
                    customer_id,
                    occurrences,
                    skipped,
                    source,
                    by,
                }]),
            },
            SeriesCommand::Reschedule { appointment_ids, shift_minutes, by } => {
                self.must_hold(&appointment_ids)?;
                Ok(some(appointment_ids, |appointment_ids| SeriesEvent::SeriesRescheduled {
                    appointment_ids,
                    shift_minutes,
                    by,
                }))
            }
            SeriesCommand::Cancel { appointment_ids, by } => {
                self.must_hold(&appointment_ids)?;
                Ok(some(appointment_ids, |appointment_ids| SeriesEvent::SeriesCancelled {
                    appointment_ids,
                    by,
                }))
            }
        }
    }

    fn must_hold(&self, appointment_ids: &[AppointmentId]) -> Result<(), SeriesError> {
        let series = self.booked()?;
        appointment_ids.iter().try_for_each(|id| series.from(*id).map(drop))
    }

    pub fn evolve(&mut self, event: SeriesEvent) {
        match event {
            SeriesEvent::SeriesBooked {
                service_id,
                rule,
                without,
                local_start,
                customer_id,
                occurrences,
                skipped,
                source,
                by: _,
            } => {
                *self = Self::Booked(BookedSeries {
                    service_id,
                    rule,
                    without,
                    local_start,
                    customer_id,
                    occurrences,
                    skipped,
                    source,
                });
            }
            // The appointments themselves say when they are, and whether they stand.
            SeriesEvent::SeriesRescheduled { .. } | SeriesEvent::SeriesCancelled { .. } => {}
        }
    }
}

fn some(ids: Vec<AppointmentId>, event: impl FnOnce(Vec<AppointmentId>) -> SeriesEvent) -> Vec<SeriesEvent> {
    if ids.is_empty() { vec![] } else { vec![event(ids)] }
}

crate::aggregate!(Series, "series", SeriesId, SeriesCommand, SeriesEvent, SeriesError);
