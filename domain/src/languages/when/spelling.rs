//! Names of days that are misspelt, as people and speech engines write them.
//!
//! A word that no phrase has is taken for a long name that it is near: both have seven letters or more, the
//! same first and last one, and differ by one letter; a weekday of nine letters or more may differ by two.
//! Shorter words are near too many names of people and things (Monda, Marc, Avril, Javier), and months are
//! near surnames (Ferrero): how they are misspelt is listed in the grammar, or is asked.

use strsim::osa_distance;

use crate::languages::grammar::{Phrases, Vocabulary};
use crate::languages::words::folded;

const LETTERS_MIN: usize = 7;
const MONTH_LETTERS_MIN: usize = 8;
/// A weekday that is so long may have two errors.
const TWO_ERRORS_LETTERS_MIN: usize = 9;

/// A word that can be misspelt.
#[derive(Debug)]
pub struct Name {
    word: String,
    errors_max: usize,
    /// Names that mean the same have the same.
    row: usize,
}

impl Name {
    fn errors(&self, word: &str) -> Option<usize> {
        let ends_alike = self.word.chars().next() == word.chars().next()
            && self.word.chars().next_back() == word.chars().next_back();
        let errors = osa_distance(&self.word, word);
        (ends_alike && errors <= self.errors_max).then_some(errors)
    }
}

/// The long names of weekdays, months, days and parts of the day.
pub fn names(vocabulary: &'static Vocabulary) -> Vec<Name> {
    // The others are plurals, short forms and misspelt themselves.
    let first = |names: Phrases| &names[..names.len().min(1)];
    let weekdays = vocabulary.weekdays.iter().map(|names| (first(names), LETTERS_MIN, 2));
    let months = vocabulary.months.iter().map(|names| (first(names), MONTH_LETTERS_MIN, 1));
    let alone = |phrases: Phrases| (phrases, LETTERS_MIN, 1);
    let days = vocabulary.days.iter().map(|(phrases, _)| alone(phrases));
    let parts = vocabulary.parts.iter().map(|(phrases, _)| alone(phrases));
    let rows = weekdays.chain(months).chain(days).chain(parts).enumerate();
    let named = rows.flat_map(|(row, (phrases, letters_min, errors_max))| {
        // "Segunda feira" is known by its first word.
        let words = phrases.iter().filter(|phrase| !phrase.trim_end_matches(" feira?").contains(' '));
        let words = words.filter_map(|phrase| phrase.split(' ').next()).flat_map(literals);
        words.filter_map(move |word| {
            let letters = word.chars().count();
            let errors_max = if letters < TWO_ERRORS_LETTERS_MIN { 1 } else { errors_max };
            (letters >= letters_min).then_some(Name { word, errors_max, row })
        })
    });
    named.collect()
}

/// The words of a phrase, slots aside.
pub fn literals(phrase: &'static str) -> impl Iterator<Item = String> {
    let items =
        phrase.split(' ').map(|item| item.trim_end_matches('?')).filter(|item| !item.starts_with('{'));
    items.flat_map(|item| item.split('|')).map(|word| word.chars().map(folded).collect())
}

/// The only name of several languages that a word is near.
pub fn nearest<'a>(word: &str, languages: impl Iterator<Item = &'a [Name]>) -> Option<&'a str> {
    if word.chars().count() < LETTERS_MIN {
        return None;
    }
    let names =
        languages.enumerate().flat_map(|(number, names)| names.iter().map(move |name| (number, name)));
    let near = names.filter_map(|(number, name)| Some((name.errors(word)?, (number, name.row), name)));
    let mut near: Vec<_> = near.collect();
    near.sort_by_key(|(errors, ..)| *errors);
    let (errors, row, name) = near.first()?;
    let is_only = near.iter().all(|(others, other, _)| others > errors || other == row);
    is_only.then_some(name.word.as_str())
}
