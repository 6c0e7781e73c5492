use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::command::ConsentCommand;
use super::error::{AHEAD_MINUTES_MAX, ConsentError};
use super::event::{ConsentChange, ConsentEvent, Purpose};
use crate::kernel::ids::{ConsentId, CustomerId};
use crate::values::medium::Medium;

/// What counts now, for each medium and purpose. It is as large as these are many, however often somebody
/// changes their mind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    standings: BTreeMap<Medium, BTreeMap<Purpose, Standing>>,
}

/// The latest that was said of one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub granted: bool,
    pub at: DateTime<Utc>,
    /// In whose name.
    pub customer_id: Option<CustomerId>,
}

impl Standing {
    /// Of two at one moment, the one that takes back is the later one.
    pub fn is_later_than(self, other: Self) -> bool {
        (self.at, !self.granted) > (other.at, !other.granted)
    }
}

impl Purpose {
    /// Refuses what somebody does not want. `wrote_at` is when they last wrote, in the conversation that the
    /// message goes to: whoever writes after a stop is answered, unless the carrier holds it up. `is_theirs`
    /// says whether the address is still that of who agreed.
    pub fn allowed_by(
        self,
        standing: Option<Standing>,
        medium: Medium,
        wrote_at: Option<DateTime<Utc>>,
        is_theirs: bool,
    ) -> Result<(), ConsentError> {
        let is_answer = |stopped_at| {
            self == Self::Service && medium != Medium::Sms && wrote_at.is_some_and(|at| at > stopped_at)
        };
        match standing {
            Some(Standing { granted: false, at, .. }) if !is_answer(at) => {
                Err(ConsentError::OptedOut { purpose: self })
            }
            Some(Standing { granted: true, customer_id, .. }) if customer_id.is_none() || is_theirs => Ok(()),
            Some(_) | None if self.needs_grant() => Err(ConsentError::NotAgreed { purpose: self }),
            Some(_) | None => Ok(()),
        }
    }
}

impl Consent {
    pub fn standing(&self, medium: Medium, purpose: Purpose) -> Option<Standing> {
        self.standings.get(&medium)?.get(&purpose).copied()
    }

    /// Whether anything that could be sent was taken back.
    pub fn is_stopped(&self, medium: Medium) -> bool {
        let is_withdrawn = |purpose| self.standing(medium, purpose).is_some_and(|standing| !standing.granted);
        Purpose::OF_MESSAGES.into_iter().any(is_withdrawn)
    }

    pub fn decide(&self, command: ConsentCommand) -> Result<Vec<ConsentEvent>, ConsentError> {
        let (change, now, granted) = match command {
            ConsentCommand::Grant { change, now } => (change, now, true),
            ConsentCommand::Withdraw { change, now } => (change, now, false),
        };
        if change.purposes.is_empty() {
            return Err(ConsentError::NoPurpose);
        }
        if change.at > now + TimeDelta::minutes(AHEAD_MINUTES_MAX) {
            return Err(ConsentError::NotYet);
        }
        let is_news = change.purposes.iter().any(|purpose| self.is_news(&change, *purpose, granted));
        Ok(match (is_news, granted) {
            (false, _) => vec![],
            (true, true) => vec![ConsentEvent::ConsentGranted { change }],
            (true, false) => vec![ConsentEvent::ConsentWithdrawn { change }],
        })
    }

    fn is_news(&self, change: &ConsentChange, purpose: Purpose, granted: bool) -> bool {
        let said = Standing { granted, at: change.at, customer_id: change.customer_id };
        self.standing(change.medium, purpose).is_none_or(|standing| said.is_later_than(standing))
    }

    pub fn evolve(&mut self, event: ConsentEvent) {
        let (change, granted) = match event {
            ConsentEvent::ConsentGranted { change } => (change, true),
            ConsentEvent::ConsentWithdrawn { change } => (change, false),
        };
        for purpose in &change.purposes {
            if self.is_news(&change, *purpose, granted) {
                let standing = Standing { granted, at: change.at, customer_id: change.customer_id };
                self.standings.entry(change.medium).or_default().insert(*purpose, standing);
            }
        }
    }
}

crate::aggregate!(Consent, "consent", ConsentId, ConsentCommand, ConsentEvent, ConsentError);
