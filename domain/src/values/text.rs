//! Text that people wrote, within bounds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trimmed text of 1 to `MAX` characters without control characters other than line breaks and tabs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

/// A name: of a business, a service, a person.
pub type Name = Text<120>;
/// A reason, a note, a message.
pub type Note = Text<2000>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {max} characters, has {got}")]
    TooLong { max: usize, got: usize },
    #[error("must not contain control characters")]
    Control,
}

impl<const MAX: usize> Text<MAX> {
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            Err(BadText::Empty)
        } else if length > MAX {
            Err(BadText::TooLong { max: MAX, got: length })
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            Err(BadText::Control)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> JsonSchema for Text<MAX> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(Name::parse("  Ada ").expect("a name").as_str(), "Ada");
        assert_eq!(Name::parse("\u{20}\n"), Err(BadText::Empty));
        assert_eq!(Name::parse(&"ä".repeat(121)), Err(BadText::TooLong { max: 120, got: 121 }));
        assert_eq!(Name::parse("a\u{0}b"), Err(BadText::Control));
        assert!(Note::parse("two\nlines").is_ok());
    }
}
