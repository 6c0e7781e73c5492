//! What each language implements, and what all of them share.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::grammar::Vocabulary;
use super::keywords::Keywords;
use super::phrases::{Mistake, Reason, Said};
use crate::values::text::Name;
use crate::values::time::Zone;

/// One language: what is said in it, and what is understood.
pub trait Phrasebook: Send + Sync {
    /// Its name in BCP 47.
    fn tag(&self) -> &'static str;
    /// Its name in English, for instructions to models.
    fn english_name(&self) -> &'static str;

    /// What is understood.
    fn vocabulary(&self) -> &'static Vocabulary;
    /// The words that stop messages, start them again and ask for help, beside those of the carriers.
    fn keywords(&self) -> Keywords;

    /// A date as it stands within a sentence: `Tuesday, November 24th`.
    fn date(&self, date: NaiveDate) -> String;
    /// The same with its year: `Tuesday, November 24th, 2026`.
    fn date_of_year(&self, date: NaiveDate) -> String;
    fn weekday(&self, weekday: Weekday) -> &'static str;
    /// When on a day: `at 3:30 in the afternoon`.
    fn at(&self, time: NaiveTime) -> String;
    /// Whose clock shows a time: `Bogota time`.
    fn clock_of(&self, zone: Zone) -> String;
    fn list(&self, items: &[String], conjunction: Conjunction) -> String;
    fn say(&self, said: &Said<'_>) -> String;
    /// Why something was refused, in a sentence.
    fn refusal(&self, reason: Reason) -> &'static str;
    /// Tells a model what it got wrong and what would be right.
    fn mistake(&self, mistake: &Mistake) -> String;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conjunction {
    And,
    Or,
}

/// With a capital at its beginning, and at its end a full stop, unless it has a mark of its own.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{}", letters.as_str(), if text.ends_with(['.', '!', '?']) { "" } else { "." })
}

/// Names as plain texts, to list them.
pub fn texts(names: &[Name]) -> Vec<String> {
    names.iter().map(Name::to_string).collect()
}

/// The place in the name of a zone: `Buenos Aires` of `America/Argentina/Buenos_Aires`.
pub fn place(zone: Zone) -> String {
    zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
}

/// `one, two or three`
pub fn list(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

const DAY_MINUTES: u32 = 24 * 60;

/// `1 hour and 30 minutes`, and `3 days`: one day is 24 hours. The units are days, hours and minutes, one and
/// several.
pub fn length(minutes: u32, units: [[&str; 2]; 3], conjunction: &str) -> String {
    let days = if minutes < 2 * DAY_MINUTES { 0 } else { minutes / DAY_MINUTES };
    let rest = minutes - days * DAY_MINUTES;
    let counts = [days, rest / 60, rest % 60].into_iter().zip(units).filter(|(count, _)| *count > 0);
    let said = counts.map(|(count, [one, several])| {
        let unit = if count == 1 { one } else { several };
        format!("{count} {unit}")
    });
    list(&said.collect::<Vec<_>>(), conjunction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_the_largest_units() {
        let units = [["day", "days"], ["hour", "hours"], ["minute", "minutes"]];
        for (minutes, expected) in [
            (1, "1 minute"),
            (90, "1 hour and 30 minutes"),
            (24 * 60, "24 hours"),
            (48 * 60, "2 days"),
            (49 * 60 + 5, "2 days, 1 hour and 5 minutes"),
        ] {
            assert_eq!(length(minutes, units, "and"), expected);
        }
        assert!(length(u32::MAX, units, "and").starts_with("2982616 days"));
    }

    #[test]
    fn a_sentence_ends_with_one_mark() {
        for (text, expected) in [("yes", "Yes."), ("Yes.", "Yes."), ("what?", "What?"), ("", ".")] {
            assert_eq!(sentence(text), expected);
        }
    }

    #[test]
    fn a_list_reads_well() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
    }
}
