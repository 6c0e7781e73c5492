//! What an assistant can do: the tools as a model sees them, what it is answered, and how that is spoken.

pub mod answers;
pub mod catalogue;
pub mod speech;
