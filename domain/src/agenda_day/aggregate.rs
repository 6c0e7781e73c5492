use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::AgendaDayCommand;
use super::error::AgendaDayError;
use super::event::{AgendaDayEvent, Occupation};
use crate::shared::ids::{AgendaDayId, AppointmentId};
use crate::shared::interval::Interval;

/// What occupies the day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaDay {
    entries: BTreeMap<AppointmentId, Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub occupation: Occupation,
    pub state: EntryState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    Held { expires_at: DateTime<Utc> },
    Booked,
}

impl Entry {
    /// A hold occupies its time until it expires, a booking always.
    fn occupies(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            EntryState::Held { expires_at } => now < expires_at,
            EntryState::Booked => true,
        }
    }
}

impl AgendaDay {
    /// What cannot be booked now.
    pub fn busy(&self, now: DateTime<Utc>) -> impl Iterator<Item = Interval> {
        self.entries.values().filter(move |entry| entry.occupies(now)).map(|entry| entry.occupation.padded())
    }

    pub fn entry(&self, appointment_id: AppointmentId) -> Option<&Entry> {
        self.entries.get(&appointment_id)
    }

    pub fn decide(&self, command: AgendaDayCommand) -> Result<Vec<AgendaDayEvent>, AgendaDayError> {
        match command {
            AgendaDayCommand::Hold { appointment_id, occupation, expires_at, now } => {
                let mut events = self.make_room(appointment_id, &occupation, now)?;
                events.push(AgendaDayEvent::TimeHeld { appointment_id, occupation, expires_at });
                Ok(events)
            }
            AgendaDayCommand::Book { appointment_id, occupation, now } => {
                let mut events = self.make_room(appointment_id, &occupation, now)?;
                events.push(AgendaDayEvent::TimeBooked { appointment_id, occupation });
                Ok(events)
            }
            AgendaDayCommand::Confirm { appointment_id, now } => match self.entries.get(&appointment_id) {
                Some(Entry { state: EntryState::Booked, .. }) => Ok(vec![]),
                Some(entry) if entry.occupies(now) => Ok(vec![AgendaDayEvent::HoldConfirmed { appointment_id }]),
                Some(_) | None => Err(AgendaDayError::HoldExpired),
            },
            AgendaDayCommand::Free { appointment_id } => {
                let present = self.entries.contains_key(&appointment_id);
                Ok(if present { vec![AgendaDayEvent::TimeFreed { appointment_id }] } else { vec![] })
            }
            AgendaDayCommand::Lapse { appointment_id, now } => {
                let lapsed = self.entries.get(&appointment_id).is_some_and(|entry| !entry.occupies(now));
                Ok(if lapsed { vec![AgendaDayEvent::HoldLapsed { appointment_id }] } else { vec![] })
            }
        }
    }

    /// The holds that have run out in the way of an occupation. Whatever else is in its way takes the time.
    fn make_room(
        &self,
        appointment_id: AppointmentId,
        occupation: &Occupation,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgendaDayEvent>, AgendaDayError> {
        let wanted = occupation.padded();
        let in_the_way =
            self.entries.iter().filter(|(id, entry)| **id != appointment_id && entry.occupation.padded().overlaps(wanted));
        in_the_way
            .map(|(id, entry)| {
                if entry.occupies(now) {
                    Err(AgendaDayError::TimeTaken)
                } else {
                    Ok(AgendaDayEvent::HoldLapsed { appointment_id: *id })
                }
            })
            .collect()
    }

    pub fn evolve(&mut self, event: AgendaDayEvent) {
        match event {
            AgendaDayEvent::TimeHeld { appointment_id, occupation, expires_at } => {
                self.entries.insert(appointment_id, Entry { occupation, state: EntryState::Held { expires_at } });
            }
            AgendaDayEvent::HoldConfirmed { appointment_id } => {
                if let Some(entry) = self.entries.get_mut(&appointment_id) {
                    entry.state = EntryState::Booked;
                }
            }
            AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                self.entries.insert(appointment_id, Entry { occupation, state: EntryState::Booked });
            }
            AgendaDayEvent::HoldLapsed { appointment_id } | AgendaDayEvent::TimeFreed { appointment_id } => {
                self.entries.remove(&appointment_id);
            }
        }
    }
}

crate::aggregate!(AgendaDay, "agenda_day", AgendaDayId, AgendaDayCommand, AgendaDayEvent, AgendaDayError);
