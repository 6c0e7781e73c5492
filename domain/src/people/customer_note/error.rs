#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CustomerNoteError {
    #[error("the customer has no such note")]
    NotFound,
    #[error("the note is written already")]
    AlreadyWritten,
}

crate::refuses!(CustomerNoteError, "customer-note", {
    Self::NotFound => NotFound,
    Self::AlreadyWritten => Conflict,
});
