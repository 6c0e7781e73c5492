use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::AttendanceCommand;
use super::error::AttendanceError;
use super::event::AttendanceEvent;
use crate::kernel::ids::{AppointmentId, AttendanceId};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Appointments with their starts.
    missed: BTreeMap<AppointmentId, DateTime<Utc>>,
}

impl Attendance {
    /// How many were missed that began since.
    pub fn missed_since(&self, since: DateTime<Utc>) -> usize {
        self.missed.values().filter(|start| **start >= since).count()
    }

    pub fn decide(&self, command: AttendanceCommand) -> Result<Vec<AttendanceEvent>, AttendanceError> {
        Ok(match command {
            AttendanceCommand::Miss { appointment_id, .. } if self.missed.contains_key(&appointment_id) => vec![],
            AttendanceCommand::Miss { appointment_id, start } => {
                vec![AttendanceEvent::AppointmentMissed { appointment_id, start }]
            }
            AttendanceCommand::Forgive { appointment_id } if self.missed.contains_key(&appointment_id) => {
                vec![AttendanceEvent::MissForgiven { appointment_id }]
            }
            AttendanceCommand::Forgive { .. } => vec![],
        })
    }

    pub fn evolve(&mut self, event: AttendanceEvent) {
        match event {
            AttendanceEvent::AppointmentMissed { appointment_id, start } => {
                self.missed.insert(appointment_id, start);
            }
            AttendanceEvent::MissForgiven { appointment_id } => {
                self.missed.remove(&appointment_id);
            }
        }
    }
}

crate::aggregate!(Attendance, "attendance", AttendanceId, AttendanceCommand, AttendanceEvent, AttendanceError);
