//! The languages that callers are answered in. Each has one file, with all that is said and understood in it.
//!
//! To add one, write its file here and name it twice below: `mod`, and a line in [`LANGUAGES`]. The compiler
//! lists every phrase that it lacks. A language is never removed: its tag stands in the log.

mod en;
mod es;
mod fr;
mod grammar;
pub mod keywords;
mod phrasebook;
mod phrases;
mod pt;
#[cfg(test)]
pub(crate) mod tests;
pub mod when;
mod words;

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::medium::Medium;
pub use grammar::Vocabulary;
pub use keywords::Keyword;
pub use phrasebook::{Conjunction, Phrasebook, list, sentence};
pub use phrases::{Change, Mistake, NoTime, Reason, Said};

/// Every language there is. The first one is the default. Its words are understood in every language, because
/// models mix.
const LANGUAGES: &[&dyn Phrasebook] = &[&en::English, &es::Spanish, &fr::French, &pt::Portuguese];

/// What a message asks for that is one word, in any language: no more messages, messages again, help.
pub fn keyword(medium: Medium, text: &str) -> Option<Keyword> {
    Keyword::read(medium, text, Language::all().map(|language| language.keywords()))
}

/// A language that is spoken here.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(&'static dyn Phrasebook);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language that is spoken here; there are {known}", known = tags())]
pub struct UnknownLanguage(String);

fn tags() -> String {
    Language::all().map(|language| format!("{:?}", language.tag())).collect::<Vec<_>>().join(", ")
}

impl Language {
    pub fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().copied().map(Self)
    }

    /// The languages that are understood where this one is spoken.
    pub fn understood(self) -> impl Iterator<Item = Self> {
        let first = Self::default();
        std::iter::once(self).chain((self != first).then_some(first))
    }
}

impl Deref for Language {
    type Target = dyn Phrasebook;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(LANGUAGES[0])
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Language {}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({self})")
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let found = Self::all().find(|language| language.tag().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownLanguage(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;

    fn try_from(text: String) -> Result<Self, UnknownLanguage> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.to_string()
    }
}

impl JsonSchema for Language {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A language in BCP 47, for example es." })
    }
}
