//! What comes in, whichever provider it is from.
//!
//! * [`sender`]: whose a webhook is, and whether it is genuine;
//! * [`caller`]: who is calling;
//! * [`receiving`]: taking it in, and answering those who wait for an answer;
//! * [`translator`]: what nobody waits for, translated later from the log;
//! * [`body`]: the form in which a message is kept until then.

mod body;
pub(crate) mod caller;
pub mod error;
pub mod receiving;
pub mod sender;
pub mod translator;
