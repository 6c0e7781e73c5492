/// The most tool calls of one call: a loop of the assistant must not fill the log.
pub const TOOL_CALLS_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CallError {
    #[error("a call answers at most {TOOL_CALLS_MAX} tool calls")]
    TooManyToolCalls,
}

crate::refuses!(CallError, "call", { Self::TooManyToolCalls => Conflict });
