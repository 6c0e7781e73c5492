//! A tool call as it is understood.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::booking::commands::booking::{BookAppointment, CancelAppointment, RescheduleAppointment, Who};
use crate::booking::commands::waitlist::JoinWaitlist;
use crate::kernel::ids::{AppointmentId, BusinessId};
use crate::kernel::personal::Personal;
use crate::kernel::work::Command;
use crate::values::phone::PhoneNumber;
use crate::values::text::{Name, Note};

/// A tool call as it is understood. If it changes something, it holds the command for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolRequest {
    /// It only reads. Its answer is from the read models.
    Answered {
        text: Personal<String>,
        discloses: Vec<AppointmentId>,
    },
    /// It cannot be understood. The text tells the model why.
    NotUnderstood {
        reason: String,
    },
    Book(BookAppointment),
    Reschedule(RescheduleAppointment),
    Cancel(CancelAppointment),
    JoinWaitlist(JoinWaitlist),
    TakeMessage {
        from: Option<Personal<Name>>,
        phone: Option<Personal<PhoneNumber>>,
        text: Personal<Note>,
    },
}

impl ToolRequest {
    /// As [`Command::contended`].
    pub fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        match self {
            Self::Book(book) => book.contended(tenant),
            Self::Reschedule(reschedule) => reschedule.contended(tenant),
            Self::Cancel(cancel) => cancel.contended(tenant),
            Self::JoinWaitlist(join) => join.contended(tenant),
            Self::Answered { .. } | Self::NotUnderstood { .. } | Self::TakeMessage { .. } => Vec::new(),
        }
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
            | Self::TakeMessage { .. } => None,
        }
    }
}
