use super::event::{Moment, Reactor, ReceivedContent, ReceivedMessage};
use crate::conversations::outbound_message::DeliveryReport;
use crate::kernel::ids::OutboundMessageId;
use crate::kernel::personal::Personal;

#[derive(Debug, Clone, PartialEq)]
pub enum ProviderMessageCommand {
    Receive {
        message: ReceivedMessage,
    },
    /// It is one of ours.
    Identify {
        message_id: OutboundMessageId,
    },
    /// What became of it, while nobody knows whose it is.
    Report {
        report: DeliveryReport,
    },
    Edit {
        content: ReceivedContent,
        moment: Moment,
    },
    Remove {
        moment: Moment,
    },
    React {
        by: Reactor,
        /// `None`: the reaction is taken back.
        emoji: Option<Personal<String>>,
        moment: Moment,
    },
}
