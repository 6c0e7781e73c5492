use super::event::{CallReport, CallStart, TakenMessage, ToolAnswer, ToolCall};
use crate::values::code::Code;

#[derive(Debug, Clone, PartialEq)]
pub enum CallCommand {
    /// The call may have started already: any of its webhooks can be the first to arrive.
    Start {
        start: CallStart,
    },
    Progress {
        status: Code,
    },
    Answer {
        call: ToolCall,
        answer: ToolAnswer,
    },
    TakeMessage {
        message: TakenMessage,
    },
    End {
        reason: Option<Code>,
    },
    Report {
        report: CallReport,
    },
}
