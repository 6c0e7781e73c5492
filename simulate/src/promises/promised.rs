//! An appointment as it was promised.

use std::fmt;

use chrono::{DateTime, Utc};

use super::record::{Particulars, Person, State};

/// An appointment as it was acknowledged last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub start: DateTime<Utc>,
    pub state: State,
    /// Not known of everybody who books.
    pub particulars: Option<Particulars>,
    /// How often it was booked, moved and cancelled, as told: its version.
    pub changes: u64,
    /// How often it was moved to where it is. That may give it other resources.
    pub moves_in_place: u64,
}

impl Promised {
    /// Whether both are one and the same to whoever has it.
    pub fn is_same(&self, other: &Self) -> bool {
        let service = |promised: &Self| promised.particulars.as_ref().map(|of| of.service_id.clone());
        self.start == other.start && self.state == other.state && service(self) == service(other)
    }

    /// Whether it stands, and is of this person.
    pub fn is_booked_for(&self, person: &Person) -> bool {
        let particulars = self.particulars.as_ref();
        self.state == State::Booked && particulars.is_some_and(|particulars| particulars.person == *person)
    }
}

impl fmt::Display for Promised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, state, particulars, changes, .. } = self;
        write!(f, "{state:?} at {start}")?;
        if let Some(Particulars { person, service_id, .. }) = particulars {
            write!(f, ", {service_id} for {} ({})", person.name, person.phone)?;
        }
        write!(f, ", version {changes}")
    }
}
