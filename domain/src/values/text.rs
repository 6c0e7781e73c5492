//! Text that people wrote, within bounds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

/// A trimmed text of 1 to `MAX` characters without control characters other than line breaks and tabs.
///
/// What is read from people has something to see; a name has a letter or a digit, since it is said aloud.
/// What was recorded before that was asked for is read back as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

pub const NAME_CHARS_MAX: usize = 120;

/// A name: of a business, a service, a person.
pub type Name = Text<NAME_CHARS_MAX>;
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
        let needed = if MAX == NAME_CHARS_MAX { is_letter_or_digit } else { is_visible };
        if text.chars().any(needed) { Self::recorded(text) } else { Err(BadText::Empty) }
    }

    fn recorded(text: &str) -> Result<Self, BadText> {
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
        Self::recorded(&text)
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

fn is_letter_or_digit(letter: char) -> bool {
    letter.is_alphanumeric() && is_visible(letter)
}

/// Whether it can be seen by itself.
fn is_visible(letter: char) -> bool {
    !letter.is_whitespace() && !letter.is_control() && !is_combining_mark(letter) && !is_invisible(letter)
}

/// Characters that take no place, and letters without a shape. Unicode knows them as `Default_Ignorable`.
pub fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            // A Braille pattern without dots.
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
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

    #[test]
    fn a_name_has_something_to_say_and_any_text_something_to_see() {
        for name in ["Ada", "李", "Ñ", "Е\u{301}", "24/7", "A\u{200b}"] {
            assert!(Name::parse(name).is_ok(), "{name:?}");
        }
        let unseen =
            ["\u{200b}", "\u{200b}\u{feff} ", "\u{3164}", "\u{301}", "\u{2800}", "\u{e0041}", "\t\u{1}"];
        for text in unseen {
            assert_eq!(Name::parse(text), Err(BadText::Empty), "{text:?}");
            assert_eq!(Note::parse(text), Err(BadText::Empty), "{text:?}");
        }
        for text in ["...", "-", "👍", "'’"] {
            assert_eq!(Name::parse(text), Err(BadText::Empty), "{text:?}");
            assert!(Note::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_recorded_name_is_read_back_whatever_is_asked_of_names_today() {
        for recorded in ["\u{200b}", "...", "👍"] {
            let name: Name = serde_json::from_value(recorded.into()).expect("a recorded name");
            assert_eq!(name.as_str(), recorded);
        }
        assert!(serde_json::from_value::<Name>(" ".into()).is_err());
    }
}
