//! What each language implements, and what all of them share.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::phrases::{Mistake, Reason, Said};
use crate::values::text::Name;
use crate::values::time::Zone;

/// One language: what is said in it, and what is understood.
pub trait Phrasebook: Send + Sync {
    /// Its name in BCP 47.
    fn tag(&self) -> &'static str;
    /// Its name in English, for instructions to models.
    fn english_name(&self) -> &'static str;

    /// The words that are understood, as [`plain`] writes them.
    fn vocabulary(&self) -> &'static Vocabulary;
    /// The hour and minute of a time in words alone: `half past three` is 3 and 30.
    fn clock(&self, words: &[&str]) -> Option<(u16, u16)>;

    /// A date as it stands within a sentence: `Tuesday, November 24th`.
    fn date(&self, date: NaiveDate) -> String;
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

/// Which of the coming days of a weekday is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first one from today on.
    This,
    /// The first one after today.
    Coming,
    /// The one of the week after this one; weeks begin on Monday.
    OfNextWeek,
}

/// From an hour on a clock face, 1 to 12, to one of the day.
pub type HalfOfDay = fn(u16) -> u16;

/// Before noon; twelve is midnight.
pub const AM: HalfOfDay = |hour| hour % 12;
/// After noon; twelve is noon.
pub const PM: HalfOfDay = |hour| hour % 12 + 12;
/// Late or early: twelve to five are after midnight.
pub const NIGHT: HalfOfDay = |hour| if (6..12).contains(&hour) { hour + 12 } else { hour % 12 };

/// What is understood in a language. All words are plain: lower case, without accents and full stops.
#[derive(Debug)]
pub struct Vocabulary {
    /// Filler words before a day.
    pub before_day: &'static [&'static str],
    pub today: &'static [&'static str],
    pub tomorrow: &'static [&'static str],
    pub day_after_tomorrow: &'static [&'static str],
    /// From Monday on.
    pub weekdays: [&'static [&'static str]; 7],
    pub before_weekday: &'static [(&'static str, Which)],
    pub after_weekday: &'static [(&'static str, Which)],
    /// From January on.
    pub months: [&'static [&'static str]; 12],
    /// A word of its own for the first of a month.
    pub first: &'static [&'static str],
    /// Filler words within a date.
    pub within_date: &'static [&'static str],
    /// Filler words before a part of the day.
    pub before_part: &'static [&'static str],
    /// Parts of the day: words, and the hours from and to.
    pub parts: &'static [(&'static [&'static str], u16, u16)],
    /// Filler words before a time.
    pub before_time: &'static [&'static str],
    /// Words after a time that name the half of the day.
    pub halves: &'static [(&'static str, HalfOfDay)],
    /// Filler words after a time.
    pub after_time: &'static [&'static str],
    pub noon: &'static [&'static str],
    pub midnight: &'static [&'static str],
    /// For models: how to say a day, the parts of a day and a time.
    pub day_examples: &'static str,
    pub part_examples: [&'static str; 3],
    pub time_examples: &'static str,
}

/// Normalises words: lower case, no accents, no punctuation, numbers apart from letters.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut last = ' ';
    for letter in text.to_lowercase().chars().filter(|letter| *letter != '.') {
        let letter = match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            ',' | '-' => ' ',
            other => other,
        };
        if last.is_ascii_digit() && letter.is_alphabetic() {
            plain.push(' ');
        }
        plain.push(letter);
        last = letter;
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// With a capital at its beginning and a full stop at its end.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{}", letters.as_str(), if text.ends_with('.') { "" } else { "." })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_well() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
    }
}
