/// The most tool calls of one call: a loop of the assistant must not fill the log.
pub const TOOL_CALLS_MAX: usize = 500;
/// So many times a caller may say a name or a day that proves nothing. Names and days can be guessed.
pub const WRONG_PROOFS_MAX: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CallError {
    #[error("a call answers at most {TOOL_CALLS_MAX} tool calls")]
    TooManyToolCalls,
    #[error(
        "after {WRONG_PROOFS_MAX} wrong proofs only the people of the business tell of appointments and change them"
    )]
    TooManyWrongProofs,
}

crate::refuses!(CallError, "call", {
    Self::TooManyToolCalls => Conflict,
    Self::TooManyWrongProofs => Forbidden,
});
