//! How `AnswerToolCall` stands in the log.
//!
//! An earlier request had a person and no source. Both forms are read.

use serde::Deserialize;

use crate::booking::appointment::Source;
use crate::booking::commands::booking::{BookAppointment, GivenAnswer, Who};
use crate::booking::commands::waitlist::JoinWaitlist;
use crate::booking::waitlist::Wish;
use crate::conversations::call::{CallStart, ToolCall};
use crate::conversations::commands::tool_request::ToolRequest;
use crate::integrations::commands::webhooks::IncomingWebhook;
use crate::kernel::ids::CallId;
use crate::kernel::personal::Personal;
use crate::people::commands::customers::Person;
use crate::scheduling::availability::offer::SlotOffer;
use crate::values::text::Note;

#[derive(Debug, Deserialize)]
pub struct Recorded {
    pub arrival: IncomingWebhook,
    pub call_id: CallId,
    pub start: CallStart,
    pub tool_call: ToolCall,
    pub request: RecordedRequest,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RecordedRequest {
    WithPerson(RequestWithPerson),
    Current(ToolRequest),
}

impl RecordedRequest {
    pub fn of_call(self, call_id: CallId) -> ToolRequest {
        match self {
            Self::WithPerson(request) => request.with_source(Source::Call { call_id }),
            Self::Current(request) => request,
        }
    }
}

/// The requests of the earlier form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestWithPerson {
    Book {
        offer: SlotOffer,
        person: Person,
        note: Option<Personal<Note>>,
        #[serde(default)]
        answers: Vec<GivenAnswer>,
    },
    JoinWaitlist {
        wish: Wish,
        person: Person,
    },
}

impl RequestWithPerson {
    fn with_source(self, source: Source) -> ToolRequest {
        match self {
            Self::Book { offer, person, note, answers } => {
                let book = BookAppointment::new(offer, Who::Person(person), source);
                ToolRequest::Book(BookAppointment { note, answers, ..book })
            }
            Self::JoinWaitlist { wish, person } => {
                ToolRequest::JoinWaitlist(JoinWaitlist { wish, who: Who::Person(person), source })
            }
        }
    }
}
