//! What a voice assistant can ask of us, and what we answer: made to be spoken.
//!
//! * [`tools`]: the tools, as a platform shows them to its model, and their arguments as models fill them in;
//! * [`answers`]: the texts that go back;
//! * [`speech`]: days, times and lists in words;
//! * [`languages`]: the words, one file for each language.

pub mod answers;
pub mod languages;
pub mod speech;
pub mod tools;
