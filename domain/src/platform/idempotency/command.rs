use super::event::Reply;

#[derive(Debug, Clone, PartialEq)]
pub enum RequestCommand {
    Answer { fingerprint: String, reply: Reply },
}
