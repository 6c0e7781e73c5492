use uuid::Uuid;

use super::event::Receipt;

#[derive(Debug, Clone, PartialEq)]
pub enum WebhookCommand {
    Receive {
        receipt: Receipt,
    },
    MarkTranslated,
    Ignore {
        reason: String,
    },
    Park {
        error: String,
        behind: Option<Uuid>,
    },
    /// By a person: try a parked one again.
    Retry,
    /// By a person: go on without a parked one.
    Skip {
        reason: String,
    },
}
