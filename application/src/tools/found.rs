//! What is found for a tool that only reads, and why nothing is.

use frontdesk_domain::kernel::ids::{AppointmentId, CustomerId};
use frontdesk_domain::languages::when::BadWhen;
use frontdesk_domain::languages::{Mistake, Reason};
use serde_json::Value;

use crate::reads::ReadError;

/// What cannot be answered, and whose fault that is.
pub enum Unanswered {
    /// The model can do better, once it is told how.
    NotUnderstood(Mistake),
    Failed(ReadError),
}

impl From<Mistake> for Unanswered {
    fn from(mistake: Mistake) -> Self {
        Self::NotUnderstood(mistake)
    }
}

impl From<BadWhen> for Unanswered {
    fn from(error: BadWhen) -> Self {
        Self::NotUnderstood(error.into())
    }
}

impl<E: Into<ReadError>> From<E> for Unanswered {
    fn from(error: E) -> Self {
        match error.into() {
            ReadError::Refused(refusal) => Self::NotUnderstood(Mistake::Refused(Reason::of(&refusal.slug))),
            error => Self::Failed(error),
        }
    }
}

/// A text for the model, and the appointments that it tells of.
pub struct Found {
    pub text: Value,
    pub discloses: Vec<AppointmentId>,
    /// The caller has said something that should prove who they are, and it is wrong.
    pub is_wrong_proof: bool,
    /// Whose appointments it was about, right or wrong.
    pub proven_for: Option<CustomerId>,
}

impl Found {
    /// What everybody may hear.
    pub fn of(text: Value) -> Self {
        Self { text, discloses: vec![], is_wrong_proof: false, proven_for: None }
    }
}
