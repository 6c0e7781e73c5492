//! How somebody wants a service: for how long, for how many, with whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::ServiceDetails;
use crate::kernel::ids::ResourceId;

/// For how long, for how many, with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Terms {
    /// The service's own where none is asked for.
    pub duration_minutes: Option<u32>,
    /// Of a class.
    pub seats: u32,
    pub with: Option<ResourceId>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { duration_minutes: None, seats: 1, with: None }
    }
}

/// Why a service is not offered like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    #[error("the service is offered for {} minutes, not for {got}", listed(offered))]
    Duration { offered: Vec<u32>, got: u32 },
    #[error("the service has {0} of them")]
    Seats(u32),
    #[error("the service does not need this resource")]
    Resource,
}

impl BadTerms {
    /// What is not offered like that, by its name in requests.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Duration { .. } => "duration_minutes",
            Self::Seats(_) => "seats",
            Self::Resource => "resource_id",
        }
    }
}

fn listed(minutes: &[u32]) -> String {
    minutes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

impl ServiceDetails {
    /// Whether it is offered like that.
    pub fn allows(&self, terms: &Terms) -> Result<(), BadTerms> {
        if let Some(got) =
            terms.duration_minutes.filter(|minutes| !self.durations().any(|offered| offered == *minutes))
        {
            return Err(BadTerms::Duration { offered: self.durations().collect(), got });
        }
        if !(1..=self.seats).contains(&terms.seats) {
            return Err(BadTerms::Seats(self.seats));
        }
        match terms.with {
            Some(id) if !self.needs.iter().any(|need| need.any_of.contains(&id)) => Err(BadTerms::Resource),
            _ => Ok(()),
        }
    }
}
