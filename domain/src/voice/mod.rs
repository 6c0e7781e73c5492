//! What a voice assistant can ask of us, and what we answer: made to be spoken.
//!
//! * [`tools`]: the tools, as a platform shows them to its model, and their arguments as models fill them in;
//! * [`answers`]: the texts that go back;
//! * [`speech`]: dates, times and lists in words.

pub mod answers;
pub mod speech;
pub mod tools;
