/// Who is served first when more waits than fits into a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Somebody is on the phone.
    Voice,
    Normal,
}
