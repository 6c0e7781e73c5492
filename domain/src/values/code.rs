//! What a machine calls something: `in-progress`, `customer-ended-call`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most characters of a code.
const CHARS_MAX: usize = 100;
/// What stands for everything that is no code.
const OTHER: &str = "other";

/// A word of a platform's, for a status or a reason. It stands in clear in the log, so it cannot be a
/// sentence: what is not a word of letters, digits, and `.`, `_`, `-`, `:` or `/`, becomes `other`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Code(String);

impl Code {
    pub fn of(text: &str) -> Self {
        let is_of_a_word = |c: char| c.is_ascii_alphanumeric() || "._-:/".contains(c);
        let is_word = (1..=CHARS_MAX).contains(&text.len()) && text.chars().all(is_of_a_word);
        Self(if is_word { text } else { OTHER }.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Earlier releases recorded whatever the platform said.
impl From<String> for Code {
    fn from(text: String) -> Self {
        Self::of(&text)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,100}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_and_a_sentence_is_not() {
        for word in ["ended", "customer-ended-call", "call.in-progress.error-vapi_500", &"x".repeat(100)] {
            assert_eq!(Code::of(word).as_str(), word);
        }
        for text in ["", "Ada hung up", "año", "a\n", &"x".repeat(101)] {
            assert_eq!(Code::of(text).as_str(), "other", "{text}");
            let read: Code = serde_json::from_value(text.into()).expect("whatever was recorded is read");
            assert_eq!(read.as_str(), "other");
        }
    }
}
