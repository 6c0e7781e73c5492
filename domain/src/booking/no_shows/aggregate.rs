use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::NoShowsCommand;
use super::error::NoShowsError;
use super::event::NoShowsEvent;
use crate::kernel::ids::{AppointmentId, NoShowsId};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoShows {
    /// Appointments with their starts.
    missed: BTreeMap<AppointmentId, DateTime<Utc>>,
}

impl NoShows {
    /// How many of those missed began since an instant.
    pub fn missed_since(&self, since: DateTime<Utc>) -> usize {
        self.missed.values().filter(|start| **start >= since).count()
    }

    pub fn decide(&self, command: NoShowsCommand) -> Result<Vec<NoShowsEvent>, NoShowsError> {
        Ok(match command {
            NoShowsCommand::Miss { appointment_id, .. } if self.missed.contains_key(&appointment_id) => {
                vec![]
            }
            NoShowsCommand::Miss { appointment_id, start } => {
                vec![NoShowsEvent::AppointmentMissed { appointment_id, start }]
            }
            NoShowsCommand::Forgive { appointment_id } if self.missed.contains_key(&appointment_id) => {
                vec![NoShowsEvent::MissForgiven { appointment_id }]
            }
            NoShowsCommand::Forgive { .. } => vec![],
        })
    }

    pub fn evolve(&mut self, event: NoShowsEvent) {
        match event {
            NoShowsEvent::AppointmentMissed { appointment_id, start } => {
                self.missed.insert(appointment_id, start);
            }
            NoShowsEvent::MissForgiven { appointment_id } => {
                self.missed.remove(&appointment_id);
            }
        }
    }
}

crate::aggregate!(NoShows, "attendance", NoShowsId, NoShowsCommand, NoShowsEvent, NoShowsError);
