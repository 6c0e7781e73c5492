//! A tool call as it is understood.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::booking::commands::booking::{BookAppointment, CancelAppointment, RescheduleAppointment, Who};
use crate::booking::commands::waitlist::{AcceptOffer, DeclineOffer, JoinWaitlist};
use crate::kernel::ids::{AppointmentId, BusinessId, CustomerId, StreamId, WrongProofsId};
use crate::kernel::personal::Personal;
use crate::kernel::work::Command;
use crate::values::phone::PhoneNumber;
use crate::values::text::{Name, Note};

/// A tool call as it is understood. If it changes something, it holds the command for it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolRequest {
    /// It only reads. Its answer is from the read models.
    Answered {
        text: Personal<String>,
        discloses: Vec<AppointmentId>,
        /// As [`ToolAnswer`](crate::conversations::call::ToolAnswer) has it.
        #[serde(default)]
        is_wrong_proof: bool,
        /// Whose appointments the caller has said something about that could be guessed, right or wrong.
        #[serde(default)]
        proven_for: Option<CustomerId>,
    },
    /// It cannot be understood. The text tells the model why, in the caller's own words.
    NotUnderstood {
        #[serde(deserialize_with = "personal_or_clear")]
        reason: Personal<String>,
    },
    Book(BookAppointment),
    Reschedule(RescheduleAppointment),
    Cancel(CancelAppointment),
    JoinWaitlist(JoinWaitlist),
    AcceptOffer(AcceptOffer),
    DeclineOffer(DeclineOffer),
    TakeMessage {
        from: Option<Personal<Name>>,
        phone: Option<Personal<PhoneNumber>>,
        text: Personal<Note>,
    },
}

/// Earlier releases recorded it in clear.
fn personal_or_clear<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Personal<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Recorded {
        Personal(Personal<String>),
        Clear(String),
    }
    Ok(match Recorded::deserialize(deserializer)? {
        Recorded::Personal(reason) => reason,
        Recorded::Clear(reason) => Personal::in_command(reason),
    })
}

impl ToolRequest {
    /// As [`Command::contended`].
    pub fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        match self {
            Self::Book(book) => book.contended(tenant),
            Self::Reschedule(reschedule) => reschedule.contended(tenant),
            Self::Cancel(cancel) => cancel.contended(tenant),
            Self::JoinWaitlist(join) => join.contended(tenant),
            Self::AcceptOffer(accept) => accept.contended(tenant),
            Self::DeclineOffer(decline) => decline.contended(tenant),
            Self::Answered { proven_for: Some(customer), .. } => {
                vec![WrongProofsId::of(tenant, *customer).uuid()]
            }
            Self::Answered { .. } | Self::NotUnderstood { .. } | Self::TakeMessage { .. } => Vec::new(),
        }
    }

    /// Whether the caller has proved wrongly who they are.
    pub fn is_wrong_proof(&self) -> bool {
        matches!(self, Self::Answered { is_wrong_proof: true, .. })
    }

    /// The customer that it names, if it names one.
    pub fn who(&self) -> Option<&Who> {
        match self {
            Self::Book(book) => Some(&book.who),
            Self::JoinWaitlist(join) => Some(&join.who),
            Self::Answered { .. }
            | Self::NotUnderstood { .. }
            | Self::Reschedule(_)
            | Self::Cancel(_)
            | Self::AcceptOffer(_)
            | Self::DeclineOffer(_)
            | Self::TakeMessage { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_understood_is_recorded_as_a_callers_words_and_read_in_both_forms() {
        let reason = Personal::in_command("I did not understand the day \"after my surgery\"".to_owned());
        let request = ToolRequest::NotUnderstood { reason: reason.clone() };
        let recorded = serde_json::to_value(&request).expect("JSON");
        assert!(recorded["not_understood"]["reason"]["$personal"].is_object(), "{recorded}");
        let clear = json!({ "not_understood": { "reason": reason.known() } });
        for recorded in [recorded, clear] {
            let read: ToolRequest = serde_json::from_value(recorded).expect("a request");
            assert!(matches!(read, ToolRequest::NotUnderstood { reason: read } if read == reason));
        }
    }
}
