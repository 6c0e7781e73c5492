//! A stretch of a conversation: what was said in order, who is in charge, and how things stand.
//!
//! A chapter takes about a thousand events. The next one begins with the situation in which it ends. So a
//! message of a conversation of years costs as much as one of yesterday's.
//!
//! It holds the order and the ids of the messages. Their content is in
//! [`super::provider_message`] and [`super::outbound_message`], with all that becomes of them. So the
//! receipt of a message does not touch the conversation, and an answer that is being thought about is out of
//! date only when somebody has said or decided something.
//!
//! Messages that come while nobody has answered yet are one turn. Who answers waits for a moment of quiet:
//! each message tells when its turn began.

mod aggregate;
mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use aggregate::Chapter;
pub use command::ChapterCommand;
pub use error::ChapterError;
pub use event::{
    Binding, BoundHow, ChapterEvent, Charge, ChargeKind, HandoverReason, Label, Place, Question, Situation,
    Status, StatusKind, Turn, TurnPart,
};
