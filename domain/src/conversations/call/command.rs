use super::event::{CallReport, CallStart, TakenMessage, ToolAnswer, ToolCall};

#[derive(Debug, Clone, PartialEq)]
pub enum CallCommand {
    /// The call may have started already: any of its webhooks can be the first to arrive.
    Start {
        start: CallStart,
    },
    Progress {
        status: String,
    },
    Answer {
        call: ToolCall,
        answer: ToolAnswer,
    },
    TakeMessage {
        message: TakenMessage,
    },
    End {
        reason: Option<String>,
    },
    Report {
        report: CallReport,
    },
}
