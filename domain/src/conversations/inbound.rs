//! What providers send, in our words, and what we answer.
//!
//! Each provider's folder (`adapters/src/providers/<vendor>/`) turns its wire into [`Inbound`] and an
//! [`Answer`] back into its wire. Whoever takes webhooks in, answers tool calls or translates from the log
//! knows these only, and no vendor.
//!
//! A body may hold several messages, as those of messaging platforms do; each is an [`Inbound`] of its own,
//! with its own identity. Of a message with several tool calls, each tool call is one.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversations::call::{CallReport, CallStart};
use crate::conversations::correspondent::Correspondent;
use crate::conversations::outbound_message::{DeliveryStatus, Failure};
use crate::conversations::provider_message::ReceivedContent;
use crate::kernel::ids::{CallId, ChannelId, OutboundMessageId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::languages::Keyword;
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::phone::PhoneNumber;
use crate::values::sender::ChannelNumber;
use crate::values::text::Name;

/// One message.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The provider's name for this kind of message.
    pub message_type: String,
    /// What makes two messages of a provider the same one. The kind of message is always a part of it.
    pub identity: Vec<String>,
    /// The provider's id of the call that it is about, if it is about one. The messages of one call are
    /// translated in order.
    pub provider_call_id: Option<String>,
    /// With whom it is, as the provider calls them, if it is a message or about one. What is with one person is
    /// translated in order.
    pub conversation_key: Option<String>,
    /// Which number of the business it is for, if a body may be for several.
    pub to: Option<ChannelNumber>,
    /// Who calls, as the network says: a number in whatever form, or a word for none. The business decides
    /// who that is.
    pub caller: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// Whether somebody waits for the answer: a model, or a caller to be connected.
    pub is_awaited: bool,
    pub content: Content,
    /// The message as its provider's folder knows it. Nobody else looks into it.
    pub wire: Arc<Value>,
}

impl Inbound {
    /// The call that it is about, as it begins for us.
    pub fn call_start(
        &self,
        provider: &str,
        provider_call_id: &str,
        channel_id: ChannelId,
        call_id: CallId,
        caller: Option<PhoneNumber>,
    ) -> CallStart {
        CallStart {
            provider: provider.to_owned(),
            provider_call_id: provider_call_id.to_owned(),
            channel_id,
            caller: caller.map(|number| Personal::new(SubjectId::of(call_id), number)),
        }
    }
}

/// What a message is about.
///
/// News of a calendar become a variant when the first provider brings one. The compiler then asks for what is
/// answered (`application/src/inbound/receiving.rs`) and for what it comes down to
/// (`application/src/inbound/translator.rs`).
#[derive(Debug, Clone)]
pub enum Content {
    /// An assistant calls a tool.
    ToolCall(InboundToolCall),
    /// The platform asks which assistant takes a call. The call begins.
    AssistantRequest,
    /// The platform asks whom a call is handed over to.
    TransferRequest,
    /// The platform asks for passages of a knowledge base.
    KnowledgeRequest,
    /// What happened to a call. It is translated from the log.
    CallNews(CallNews),
    /// Somebody has written, or done something to what was written. It is translated from the log.
    Message(InboundMessage),
    /// What became of a message that we have sent. It is translated from the log.
    Receipt(InboundReceipt),
    /// What it should say is missing: it is parked, for a person to see.
    Unreadable {
        /// What is missing.
        reason: &'static str,
    },
    /// A tool call whose answer cannot be given: it has no id of its own.
    Unanswerable,
    /// Everything else: it is kept and acknowledged, and changes nothing.
    Unknown {
        /// Why it changes nothing.
        reason: &'static str,
    },
}

/// The news of a call in a message.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallNews {
    Progressed { status: Code },
    Ended { reason: Option<Code> },
    Reported { report: CallReport },
}

impl CallNews {
    /// The same news, now known to be about this call's caller.
    pub fn about(self, subject: SubjectId) -> Self {
        match self {
            Self::Reported { report } => Self::Reported { report: report.about(subject) },
            Self::Progressed { .. } | Self::Ended { .. } => self,
        }
    }
}

/// What somebody has written or done.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundMessage {
    pub medium: Medium,
    /// By what they are known, for which the provider vouches: an account before a number.
    pub from: Vec<Correspondent>,
    /// What they call themselves there.
    pub profile_name: Option<Name>,
    /// The provider's name of it.
    pub name: String,
    pub act: Act,
    /// What the provider takes it for, and has acted on.
    pub keyword: Option<Keyword>,
}

/// What somebody does. Messages go by the provider's names of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Written {
        content: ReceivedContent,
        reply_to: Option<String>,
    },
    Edited {
        of: String,
        content: ReceivedContent,
    },
    Removed {
        of: String,
    },
    /// Without an emoji, a reaction is taken back.
    Reacted {
        to: String,
        emoji: Option<String>,
    },
}

/// What became of a message that we have sent.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundReceipt {
    /// The provider's name of the message.
    pub name: String,
    /// Ours, if the provider gives it back.
    pub ours: Option<OutboundMessageId>,
    pub status: DeliveryStatus,
    /// Why it has failed.
    pub failure: Option<Failure>,
}

/// A tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundToolCall {
    /// What names the call that it belongs to: the provider's id of it, or what stands for one.
    pub call_key: String,
    /// The provider's id of it, unique within its call. It must stand in the answer.
    pub id: String,
    pub name: String,
    /// As the model has written them.
    pub arguments: Value,
}

/// What is answered to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was taken in.
    Received,
    ToolResult {
        text: String,
        is_error: bool,
    },
    /// The assistant that takes the call, if one is set up.
    Assistant {
        assistant_id: Option<String>,
        /// What it is told of the caller.
        variables: BTreeMap<&'static str, String>,
    },
    /// Whom the call is handed over to, if there is anybody.
    Transfer {
        number: Option<PhoneNumber>,
    },
    /// There is no knowledge base.
    NoKnowledge,
}
