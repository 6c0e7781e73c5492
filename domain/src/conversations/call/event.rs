use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversations::tools::catalogue::CalledTool;
use crate::kernel::ids::{AppointmentId, ChannelId, MessageId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::code::Code;
use crate::values::phone::PhoneNumber;
use crate::values::text::{Name, Note};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallStart {
    /// The name of the provider whose call it is.
    pub provider: String,
    pub provider_call_id: String,
    pub channel_id: ChannelId,
    /// The number that the network says the call comes from, if it says so.
    pub caller: Option<Personal<PhoneNumber>>,
}

/// What the assistant asks us to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// The platform's id of this tool call, unique within the call.
    pub id: String,
    pub tool: CalledTool,
    pub arguments: Personal<Value>,
}

/// What we answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolAnswer {
    /// The text for the assistant, on one line.
    pub text: Personal<String>,
    /// Whether the text is an error.
    pub is_error: bool,
    /// The appointments that the assistant has learnt of. Only these can it move or cancel later in the call.
    pub discloses: Vec<AppointmentId>,
    /// The caller has said something that should prove who they are, and it is wrong.
    #[serde(default)]
    pub is_wrong_proof: bool,
}

impl ToolAnswer {
    /// A text that is no error and discloses nothing.
    pub fn of(text: Personal<String>) -> Self {
        Self { text, is_error: false, discloses: vec![], is_wrong_proof: false }
    }
}

/// Something that the caller wants somebody of the business to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TakenMessage {
    pub id: MessageId,
    pub from: Option<Personal<Name>>,
    pub phone: Option<Personal<PhoneNumber>>,
    pub text: Personal<Note>,
}

/// What the platform tells about a call when it is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallReport {
    pub ended_reason: Option<Code>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub summary: Option<Personal<String>>,
    pub transcript: Option<Personal<String>>,
}

impl CallReport {
    /// The same report, now known to be about this person.
    pub fn about(self, subject: SubjectId) -> Self {
        let about = |text: Option<Personal<String>>| text.map(|text| text.about(subject));
        Self { summary: about(self.summary), transcript: about(self.transcript), ..self }
    }
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum CallEvent {
    CallStarted { start: CallStart },
    CallProgressed { status: Code },
    ToolCalled { call: ToolCall },
    ToolAnswered { tool_call_id: String, answer: ToolAnswer },
    MessageTaken { message: TakenMessage },
    CallEnded { reason: Option<Code> },
    CallReported { report: CallReport },
}

crate::domain_event!(CallEvent);
