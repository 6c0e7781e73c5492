use super::event::Reply;

#[derive(Debug, Clone, PartialEq)]
pub enum IdempotentRequestCommand {
    Answer { fingerprint: String, reply: Reply },
}
