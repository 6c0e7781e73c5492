use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::{AgendaDayCommand, Room};
use super::error::AgendaDayError;
use super::event::{AgendaDayEvent, Occupation, full};
use crate::kernel::ids::{AgendaDayId, AppointmentId};

/// What occupies the day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaDay {
    entries: BTreeMap<AppointmentId, AgendaEntry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaEntry {
    pub occupation: Occupation,
    pub state: EntryState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    Held { expires_at: DateTime<Utc> },
    Booked,
}

impl AgendaEntry {
    /// A hold occupies its time until it expires, a booking always.
    pub fn occupies(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            EntryState::Held { expires_at } => now < expires_at,
            EntryState::Booked => true,
        }
    }
}

impl AgendaDay {
    /// Bookings and holds. Holds that have run out are among them.
    pub fn entries(&self) -> impl Iterator<Item = (AppointmentId, &AgendaEntry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    pub fn entry(&self, appointment_id: AppointmentId) -> Option<&AgendaEntry> {
        self.entries.get(&appointment_id)
    }

    pub fn decide(&self, command: AgendaDayCommand) -> Result<Vec<AgendaDayEvent>, AgendaDayError> {
        match command {
            AgendaDayCommand::Hold { appointment_id, occupation, room, expires_at, now } => {
                let mut events = self.make_room(appointment_id, &occupation, room, now)?;
                events.push(AgendaDayEvent::TimeHeld { appointment_id, occupation, expires_at });
                Ok(events)
            }
            AgendaDayCommand::Book { appointment_id, occupation, room, now } => {
                let mut events = self.make_room(appointment_id, &occupation, room, now)?;
                events.push(AgendaDayEvent::TimeBooked { appointment_id, occupation });
                Ok(events)
            }
            AgendaDayCommand::Confirm { appointment_id, now } => match self.entries.get(&appointment_id) {
                Some(AgendaEntry { state: EntryState::Booked, .. }) => Ok(vec![]),
                Some(entry) if entry.occupies(now) => {
                    Ok(vec![AgendaDayEvent::HoldConfirmed { appointment_id }])
                }
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

    /// Checks that there is room for an occupation. Lapses the holds that have run out and are in its way.
    fn make_room(
        &self,
        appointment_id: AppointmentId,
        occupation: &Occupation,
        room: Room,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgendaDayEvent>, AgendaDayError> {
        let in_the_way = self
            .entries
            .iter()
            .filter(|(id, entry)| **id != appointment_id && entry.occupation.conflicts(occupation));
        let (taken, lapsed): (Vec<_>, Vec<_>) = in_the_way.partition(|(_, entry)| entry.occupies(now));
        let (class, others): (Vec<&Occupation>, Vec<&Occupation>) = taken
            .into_iter()
            .map(|(_, entry)| &entry.occupation)
            .partition(|taken| taken.same_class(occupation));
        let seats_taken: u32 = class.iter().filter_map(|taken| taken.seats).sum();
        if seats_taken.saturating_add(occupation.seats.unwrap_or(0)) > room.seats {
            return Err(AgendaDayError::ClassFull { left: room.seats.saturating_sub(seats_taken) });
        }
        let free = match room.appointments {
            0 | 1 => others.is_empty(),
            several => !full(others, several).iter().any(|full| full.overlaps(occupation.padded())),
        };
        if !free {
            return Err(AgendaDayError::TimeTaken);
        }
        Ok(lapsed.into_iter().map(|(id, _)| AgendaDayEvent::HoldLapsed { appointment_id: *id }).collect())
    }

    pub fn evolve(&mut self, event: AgendaDayEvent) {
        match event {
            AgendaDayEvent::TimeHeld { appointment_id, occupation, expires_at } => {
                self.entries.insert(
                    appointment_id,
                    AgendaEntry { occupation, state: EntryState::Held { expires_at } },
                );
            }
            AgendaDayEvent::HoldConfirmed { appointment_id } => {
                if let Some(entry) = self.entries.get_mut(&appointment_id) {
                    entry.state = EntryState::Booked;
                }
            }
            AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                self.entries.insert(appointment_id, AgendaEntry { occupation, state: EntryState::Booked });
            }
            AgendaDayEvent::HoldLapsed { appointment_id } | AgendaDayEvent::TimeFreed { appointment_id } => {
                self.entries.remove(&appointment_id);
            }
        }
    }
}

crate::aggregate!(
    AgendaDay,
    "agenda_day",
    AgendaDayId,
    AgendaDayCommand,
    AgendaDayEvent,
    AgendaDayError,
    contended: true
);
