use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::ProviderMessageCommand;
use super::error::ProviderMessageError;
use super::event::{Moment, ProviderMessageEvent, Reactor};
use crate::conversations::outbound_message::{DeliveryReport, DeliveryStatus};
use crate::kernel::ids::{ConversationId, OutboundMessageId, ProviderMessageId};

/// What is known under this name, in whatever order it came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderMessage {
    /// The conversation in which it was received.
    pub received_in: Option<ConversationId>,
    pub sent_as: Option<OutboundMessageId>,
    early: BTreeMap<DeliveryStatus, DeliveryReport>,
    edited: Option<Moment>,
    removed: bool,
    reactions: BTreeMap<Reactor, Moment>,
}

impl ProviderMessage {
    /// The receipts that came before anybody knew that it is ours.
    pub fn early_reports(&self) -> impl Iterator<Item = &DeliveryReport> {
        self.early.values()
    }

    pub fn decide(
        &self,
        command: ProviderMessageCommand,
    ) -> Result<Vec<ProviderMessageEvent>, ProviderMessageError> {
        let if_new = |is_new: bool, event| Ok(if is_new { vec![event] } else { vec![] });
        match command {
            ProviderMessageCommand::Receive { message } => {
                if_new(self.received_in.is_none(), ProviderMessageEvent::MessageReceived { message })
            }
            ProviderMessageCommand::Identify { message_id } => match self.sent_as {
                Some(known) if known != message_id => {
                    Err(ProviderMessageError::IdentifiedOtherwise { message_id: known })
                }
                known => if_new(known.is_none(), ProviderMessageEvent::MessageIdentified { message_id }),
            },
            ProviderMessageCommand::Report { report } => {
                let is_new = self.sent_as.is_none() && !self.early.contains_key(&report.status);
                if_new(is_new, ProviderMessageEvent::ReceiptArrivedEarly { report })
            }
            ProviderMessageCommand::Edit { content, moment } => {
                if_new(self.edited < Some(moment), ProviderMessageEvent::MessageEdited { content, moment })
            }
            ProviderMessageCommand::Remove { moment } => {
                if_new(!self.removed, ProviderMessageEvent::MessageRemoved { moment })
            }
            ProviderMessageCommand::React { by, emoji, moment } => {
                let is_new = self.reactions.get(&by) < Some(&moment);
                if_new(is_new, ProviderMessageEvent::ReactionChanged { by, emoji, moment })
            }
        }
    }

    pub fn evolve(&mut self, event: ProviderMessageEvent) {
        match event {
            ProviderMessageEvent::MessageReceived { message } => {
                self.received_in = Some(message.conversation_id);
            }
            ProviderMessageEvent::MessageIdentified { message_id } => {
                self.sent_as = Some(message_id);
                self.early.clear();
            }
            ProviderMessageEvent::ReceiptArrivedEarly { report } => {
                self.early.insert(report.status, report);
            }
            ProviderMessageEvent::MessageEdited { content: _, moment } => self.edited = Some(moment),
            ProviderMessageEvent::MessageRemoved { moment: _ } => self.removed = true,
            ProviderMessageEvent::ReactionChanged { by, emoji: _, moment } => {
                self.reactions.insert(by, moment);
            }
        }
    }
}

crate::aggregate!(
    ProviderMessage,
    "provider_message",
    ProviderMessageId,
    ProviderMessageCommand,
    ProviderMessageEvent,
    ProviderMessageError
);
