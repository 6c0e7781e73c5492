//! What a business wants to know before an appointment.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::text::{Name, Note, Text};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// Its name for programs, unique within the service.
    pub id: String,
    pub text: Text<300>,
    pub answer: AnswerKind,
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerKind {
    Text,
    YesNo,
    Number { min: i64, max: i64 },
    Choice { options: Vec<Name> },
}

/// An answer in its own form, whatever form it was given in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    YesNo(bool),
    Number(i64),
    Text(Note),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::YesNo(yes) => yes.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Why something is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    #[error("is needed")]
    Missing,
    #[error("must be true or false")]
    NotYesNo,
    #[error("must be a whole number from {min} to {max}")]
    NotNumber { min: i64, max: i64 },
    #[error("must be one of: {}", list(options))]
    NotChoice { options: Vec<Name> },
    #[error("must be a text")]
    NotText,
}

fn list(options: &[Name]) -> String {
    options.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

impl Question {
    /// An answer to it. Models write numbers and yes and no as texts; of a choice, upper and lower case do
    /// not matter.
    pub fn read(&self, given: &Answer) -> Result<Answer, BadAnswer> {
        match (&self.answer, given) {
            (AnswerKind::Text, Answer::Text(_)) => Ok(given.clone()),
            (AnswerKind::Text, Answer::YesNo(_) | Answer::Number(_)) => Err(BadAnswer::NotText),
            (AnswerKind::YesNo, Answer::YesNo(_)) => Ok(given.clone()),
            (AnswerKind::YesNo, Answer::Text(text)) => {
                text.as_str().to_lowercase().parse().map(Answer::YesNo).map_err(|_| BadAnswer::NotYesNo)
            }
            (AnswerKind::YesNo, Answer::Number(_)) => Err(BadAnswer::NotYesNo),
            (AnswerKind::Number { min, max }, given) => {
                let number = match given {
                    Answer::Number(number) => Some(*number),
                    Answer::Text(text) => text.as_str().parse().ok(),
                    Answer::YesNo(_) => None,
                };
                let within = number.filter(|number| (min..=max).contains(&number));
                within.map(Answer::Number).ok_or(BadAnswer::NotNumber { min: *min, max: *max })
            }
            (AnswerKind::Choice { options }, given) => {
                let said = match given {
                    Answer::Text(text) => text.as_str().to_lowercase(),
                    Answer::Number(number) => number.to_string(),
                    Answer::YesNo(yes) => yes.to_string(),
                };
                let meant = options.iter().find(|option| option.as_str().to_lowercase() == said);
                let answer = meant.and_then(|option| Note::parse(option.as_str()).ok()).map(Answer::Text);
                answer.ok_or_else(|| BadAnswer::NotChoice { options: options.clone() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(answer: AnswerKind) -> Question {
        Question { id: "q".into(), text: Text::parse("What?").expect("a text"), answer, required: true }
    }

    fn text(text: &str) -> Answer {
        Answer::Text(Note::parse(text).expect("a text"))
    }

    #[test]
    fn an_answer_is_read_as_its_question_wants_it() {
        let options = ["Honda", "KTM"].map(|name| Name::parse(name).expect("a name")).to_vec();
        for (kind, given, read) in [
            (AnswerKind::Text, text("rattles"), Ok(text("rattles"))),
            (AnswerKind::Text, Answer::YesNo(true), Err(BadAnswer::NotText)),
            (AnswerKind::YesNo, text("True"), Ok(Answer::YesNo(true))),
            (AnswerKind::YesNo, Answer::YesNo(false), Ok(Answer::YesNo(false))),
            (AnswerKind::YesNo, text("perhaps"), Err(BadAnswer::NotYesNo)),
            (AnswerKind::Number { min: 1, max: 9 }, text("9"), Ok(Answer::Number(9))),
            (
                AnswerKind::Number { min: 1, max: 9 },
                Answer::Number(10),
                Err(BadAnswer::NotNumber { min: 1, max: 9 }),
            ),
            (AnswerKind::Choice { options: options.clone() }, text("ktm"), Ok(text("KTM"))),
            (
                AnswerKind::Choice { options: options.clone() },
                text("BMW"),
                Err(BadAnswer::NotChoice { options }),
            ),
        ] {
            assert_eq!(question(kind).read(&given), read);
        }
        assert_eq!(BadAnswer::NotNumber { min: 1, max: 9 }.to_string(), "must be a whole number from 1 to 9");
    }
}
