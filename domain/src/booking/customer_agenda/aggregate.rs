use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::CustomerAgendaCommand;
use super::error::CustomerAgendaError;
use super::event::{CustomerAgendaEvent, Entry};
use crate::kernel::ids::{AppointmentId, CustomerAgendaId};
use crate::values::interval::Interval;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerAgenda {
    entries: BTreeMap<AppointmentId, Entry>,
}

impl CustomerAgenda {
    /// The appointments that overlap a time.
    pub fn overlapping(&self, time: Interval) -> impl Iterator<Item = (AppointmentId, Entry)> {
        self.entries
            .iter()
            .filter(move |(_, entry)| entry.time.overlaps(time))
            .map(|(id, entry)| (*id, *entry))
    }

    pub fn decide(
        &self,
        command: CustomerAgendaCommand,
    ) -> Result<Vec<CustomerAgendaEvent>, CustomerAgendaError> {
        Ok(match command {
            CustomerAgendaCommand::Enter { appointment_id, entry, .. }
                if self.entries.get(&appointment_id) == Some(&entry) =>
            {
                vec![]
            }
            CustomerAgendaCommand::Enter { appointment_id, entry, now } => {
                vec![CustomerAgendaEvent::AppointmentEntered { appointment_id, entry, at: now }]
            }
            CustomerAgendaCommand::Strike { appointment_id }
                if self.entries.contains_key(&appointment_id) =>
            {
                vec![CustomerAgendaEvent::AppointmentStruck { appointment_id }]
            }
            // It was booked before there were agendas of customers, or is over.
            CustomerAgendaCommand::Strike { .. } => vec![],
        })
    }

    pub fn evolve(&mut self, event: CustomerAgendaEvent) {
        match event {
            CustomerAgendaEvent::AppointmentEntered { appointment_id, entry, at } => {
                self.entries.retain(|_, entry| at < entry.time.end);
                self.entries.insert(appointment_id, entry);
            }
            CustomerAgendaEvent::AppointmentStruck { appointment_id } => {
                self.entries.remove(&appointment_id);
            }
        }
    }
}

crate::aggregate!(
    CustomerAgenda,
    "customer_agenda",
    CustomerAgendaId,
    CustomerAgendaCommand,
    CustomerAgendaEvent,
    CustomerAgendaError
);
