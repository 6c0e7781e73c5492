/// A chapter that has so many events takes no more commands.
pub const CHAPTER_EVENTS_MAX: i64 = 1_000;
pub const LABELS_MAX: usize = 50;
/// The open questions that are kept.
pub const QUESTIONS_MAX: usize = 10;
pub const SNOOZE_DAYS_MAX: i64 = 366;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ChapterError {
    #[error("the conversation has not begun")]
    NotBegun,
    #[error("it has begun already")]
    AlreadyBegun,
    #[error("people are in charge of the conversation; the assistant writes again when it is handed back")]
    PeopleInCharge,
    #[error("it can be put aside until a moment that is still to come, within {SNOOZE_DAYS_MAX} days")]
    SnoozeOutOfRange,
    #[error("a conversation has at most {LABELS_MAX} labels")]
    TooManyLabels,
}

// People know the conversation, and not its chapters.
crate::refuses!(ChapterError, "conversation", {
    Self::NotBegun => NotFound,
    Self::AlreadyBegun | Self::PeopleInCharge | Self::TooManyLabels => Conflict,
    Self::SnoozeOutOfRange => Invalid,
});
