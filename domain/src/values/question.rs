//! What a business wants to know before an appointment.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::text::{Name, Note, Text};
use crate::values::words::words;

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
}

fn list(options: &[Name]) -> String {
    options.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// How people say yes and no to a program, whatever they speak.
const YES: [&str; 11] = ["true", "yes", "y", "yeah", "yep", "sure", "ok", "si", "sim", "oui", "1"];
const NO: [&str; 8] = ["false", "no", "n", "nope", "nao", "non", "0", "off"];

/// With these words, an option that is said may be the one that is not wanted.
const NEGATIONS: [&str; 11] =
    ["not", "no", "but", "except", "without", "sin", "menos", "sem", "nao", "sauf", "pas"];

/// `Yes`, `sí`, `false`
pub fn yes_or_no(text: &str) -> Option<bool> {
    let said = words(text).join(" ");
    let is_one_of = |answers: &[&str]| answers.contains(&said.as_str());
    if is_one_of(&YES) { Some(true) } else { is_one_of(&NO).then_some(false) }
}

/// `12000`, `12,000`, `12.000`, `12000.0`, `12 000 km`
pub fn whole_number(text: &str) -> Option<i64> {
    let unit = |letter: char| letter.is_alphabetic() || letter.is_whitespace();
    let digits = text.trim().trim_end_matches(unit).trim_end_matches(".0");
    let groups: Vec<&str> = digits.split([',', '.', ' ', '\'', '\u{a0}', '\u{202f}']).collect();
    let (first, rest) = groups.split_first()?;
    let is_grouped = rest.iter().all(|group| group.len() == 3)
        && (rest.is_empty() || first.trim_start_matches('-').len() <= 3);
    if is_grouped { groups.concat().parse().ok() } else { None }
}

impl Question {
    /// An answer to it, in whatever form people and models give it.
    pub fn read(&self, given: &Answer) -> Result<Answer, BadAnswer> {
        match (&self.answer, given) {
            (AnswerKind::Text, Answer::Text(_)) | (AnswerKind::YesNo, Answer::YesNo(_)) => Ok(given.clone()),
            (AnswerKind::Text, Answer::YesNo(_) | Answer::Number(_)) => {
                Note::parse(&given.to_string()).map(Answer::Text).map_err(|_| BadAnswer::Missing)
            }
            (AnswerKind::YesNo, given) => {
                yes_or_no(&given.to_string()).map(Answer::YesNo).ok_or(BadAnswer::NotYesNo)
            }
            (AnswerKind::Number { min, max }, given) => {
                let number = match given {
                    Answer::Number(number) => Some(*number),
                    Answer::Text(text) => whole_number(text.as_str()),
                    Answer::YesNo(_) => None,
                };
                let within = number.filter(|number| (min..=max).contains(&number));
                within.map(Answer::Number).ok_or(BadAnswer::NotNumber { min: *min, max: *max })
            }
            (AnswerKind::Choice { options }, given) => {
                let answer = chosen(options, &given.to_string())
                    .and_then(|option| Note::parse(option.as_str()).ok())
                    .map(Answer::Text);
                answer.ok_or_else(|| BadAnswer::NotChoice { options: options.clone() })
            }
        }
    }
}

/// The option that is meant: the one that is said, or the only one that is said among other words.
fn chosen<'a>(options: &'a [Name], said: &str) -> Option<&'a Name> {
    let said = words(said);
    let of = |option: &Name| words(option.as_str());
    if let Some(option) = options.iter().find(|option| of(option) == said) {
        return Some(option);
    }
    // "Anything but a Honda"
    if said.iter().any(|word| NEGATIONS.contains(&word.as_str())) {
        return None;
    }
    let mut among = options.iter().filter(|option| {
        let option = of(option);
        !option.is_empty() && said.windows(option.len()).any(|run| run == option)
    });
    among.next().filter(|_| among.next().is_none())
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
        let options = ["Honda", "KTM", "Citroën"].map(|name| Name::parse(name).expect("a name")).to_vec();
        for (kind, given, read) in [
            (AnswerKind::Text, text("rattles"), Ok(text("rattles"))),
            (AnswerKind::Text, Answer::YesNo(true), Ok(text("true"))),
            (AnswerKind::Text, Answer::Number(123), Ok(text("123"))),
            (AnswerKind::YesNo, text("Yes!"), Ok(Answer::YesNo(true))),
            (AnswerKind::YesNo, text("Sí"), Ok(Answer::YesNo(true))),
            (AnswerKind::YesNo, text("não"), Ok(Answer::YesNo(false))),
            (AnswerKind::YesNo, Answer::Number(1), Ok(Answer::YesNo(true))),
            (AnswerKind::YesNo, Answer::Number(7), Err(BadAnswer::NotYesNo)),
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
            (AnswerKind::Choice { options: options.clone() }, text("citroen"), Ok(text("Citroën"))),
            (AnswerKind::Choice { options: options.clone() }, text("a Honda, please"), Ok(text("Honda"))),
            (
                AnswerKind::Choice { options: options.clone() },
                text("anything but Honda"),
                Err(BadAnswer::NotChoice { options: options.clone() }),
            ),
            (
                AnswerKind::Choice { options: options.clone() },
                text("Honda or KTM"),
                Err(BadAnswer::NotChoice { options: options.clone() }),
            ),
            (
                AnswerKind::Choice { options: options.clone() },
                text("BMW"),
                Err(BadAnswer::NotChoice { options }),
            ),
        ] {
            assert_eq!(question(kind).read(&given), read);
        }
        let kilometres = question(AnswerKind::Number { min: -12_000, max: 12_000_000 });
        for (said, number) in [
            ("12000.0", 12_000),
            ("12,000", 12_000),
            ("12.000", 12_000),
            ("12 000 km", 12_000),
            ("1,200,000", 1_200_000),
            ("-5", -5),
        ] {
            assert_eq!(kilometres.read(&text(said)), Ok(Answer::Number(number)), "{said}");
        }
        for said in ["12.5", "12,00", "1,2000", "many", "km", "-", "1e3", "99999999999999999999"] {
            assert!(kilometres.read(&text(said)).is_err(), "{said}");
        }
        assert_eq!(BadAnswer::NotNumber { min: 1, max: 9 }.to_string(), "must be a whole number from 1 to 9");
    }
}
