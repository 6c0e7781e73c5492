//! The grammar of each language by the first words of its phrases, so that few are tried at a word.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use chrono::Weekday;

use super::spelling::{self, Name, literals};
use crate::languages::Language;
use crate::languages::grammar::{
    ClockOf, ClockRule, DayRule, Half, Length, Moved, Part, Phrases, SpanRule, TimeRule, Vocabulary,
};
use crate::languages::words::{folded, plain};
use crate::values::time::Zone;

/// Where people name the clock of a place.
const REGIONS: [&str; 7] = ["Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific"];
/// What is rather something else.
const NO_PLACES: [&str; 5] = ["Center", "Easter", "Midway", "Resolute", "Wake"];

/// A phrase, what it means, and its place in the grammar.
pub type Entry<R> = (usize, &'static str, R);

#[derive(Debug)]
pub struct Table<R> {
    by_word: HashMap<String, Vec<Entry<R>>>,
    /// The phrases that begin with a slot, or with a word that may be left out.
    others: Vec<Entry<R>>,
}

impl<R: Copy> Table<R> {
    fn of(rows: impl IntoIterator<Item = (&'static str, R)>) -> Self {
        let mut table = Self { by_word: HashMap::new(), others: vec![] };
        for (order, (phrase, rule)) in rows.into_iter().enumerate() {
            let first = phrase.split(' ').next().unwrap_or_default();
            if first.starts_with('{') || first.ends_with('?') {
                table.others.push((order, phrase, rule));
                continue;
            }
            for word in first.split('|') {
                let word = word.chars().map(folded).collect();
                table.by_word.entry(word).or_default().push((order, phrase, rule));
            }
        }
        table
    }

    fn of_rules(rules: &'static [(Phrases, R)]) -> Self {
        Self::of(rules.iter().flat_map(|(phrases, rule)| phrases.iter().map(|phrase| (*phrase, *rule))))
    }

    fn of_words(phrases: &'static [&'static str]) -> Self
    where
        R: Default,
    {
        Self::of(phrases.iter().map(|phrase| (*phrase, R::default())))
    }

    /// The words of its phrases.
    fn words(&self) -> impl Iterator<Item = String> {
        let phrases = self.by_word.values().flatten().chain(&self.others);
        phrases.flat_map(|(_, phrase, _)| literals(phrase))
    }

    /// The phrases that may begin with a word, in the order of the grammar.
    pub fn beginning(&self, word: &str) -> Vec<Entry<R>> {
        let mut entries: Vec<Entry<R>> =
            self.by_word.get(word).into_iter().flatten().chain(&self.others).copied().collect();
        entries.sort_by_key(|(order, _, _)| *order);
        entries
    }
}

#[derive(Debug)]
pub struct Index {
    pub numbers: Table<u32>,
    pub counts: Table<u32>,
    pub ordinals: Table<u32>,
    pub ordinal_endings: Phrases,
    pub before_date: Table<()>,
    pub last: Table<()>,
    pub centuries: Table<()>,
    pub weekdays: Table<Weekday>,
    pub months: Table<u32>,
    pub days: Table<DayRule>,
    pub spans: Table<SpanRule>,
    pub moved: Table<Moved>,
    pub lengths: Table<Length>,
    pub parts: Table<Part>,
    pub minutes: Table<u32>,
    pub clock: Table<ClockRule>,
    pub halves: Table<Option<Half>>,
    pub times: Table<TimeRule>,
    pub zones: Table<ClockOf>,
    /// By what the language says of their clocks.
    pub clocks_of: HashMap<String, Zone>,
    pub contrasts: Table<()>,
    pub fillers: Table<()>,
    /// Every word of the language.
    pub known: HashSet<String>,
    pub names: Vec<Name>,
    pub approximate_endings: Phrases,
}

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Names, and what each of them counts as.
fn named<R: Copy>(
    names: &'static [Phrases],
    counts: impl IntoIterator<Item = R>,
) -> impl Iterator<Item = (&'static str, R)> {
    names.iter().zip(counts).flat_map(|(names, count)| names.iter().map(move |name| (*name, count)))
}

impl Index {
    fn of(language: Language) -> Self {
        let vocabulary: &'static Vocabulary = language.vocabulary();
        let cardinals = vocabulary.cardinals.iter().copied().zip(0..);
        let mut index = Self {
            numbers: Table::of(cardinals.chain(vocabulary.numerals.iter().copied())),
            counts: Table::of(vocabulary.counts.iter().copied()),
            ordinals: Table::of(vocabulary.ordinals.iter().copied().zip(1..)),
            ordinal_endings: vocabulary.ordinal_endings,
            before_date: Table::of_words(vocabulary.before_date),
            last: Table::of_words(vocabulary.last),
            centuries: Table::of_words(vocabulary.centuries),
            weekdays: Table::of(named(&vocabulary.weekdays, WEEK)),
            months: Table::of(named(&vocabulary.months, 1..)),
            days: Table::of_rules(vocabulary.days),
            spans: Table::of_rules(vocabulary.spans),
            moved: Table::of_rules(vocabulary.moved),
            lengths: Table::of_rules(vocabulary.lengths),
            parts: Table::of_rules(vocabulary.parts),
            minutes: Table::of(vocabulary.minutes.iter().copied()),
            clock: Table::of_rules(vocabulary.clock),
            halves: Table::of_rules(vocabulary.halves),
            times: Table::of_rules(vocabulary.times),
            zones: Table::of_rules(vocabulary.zones),
            clocks_of: clocks_of(language),
            contrasts: Table::of_words(vocabulary.contrasts),
            fillers: Table::of_words(vocabulary.fillers),
            known: HashSet::new(),
            names: spelling::names(vocabulary),
            approximate_endings: vocabulary.approximate_endings,
        };
        index.known = index.words().collect();
        index
    }

    fn words(&self) -> impl Iterator<Item = String> {
        let numbers = [&self.numbers, &self.counts, &self.ordinals, &self.months, &self.minutes];
        let alone = [&self.before_date, &self.last, &self.centuries, &self.contrasts, &self.fillers];
        let days = self.days.words().chain(self.spans.words()).chain(self.weekdays.words());
        let times = self.clock.words().chain(self.halves.words()).chain(self.times.words());
        let others = self.moved.words().chain(self.lengths.words()).chain(self.zones.words());
        let words =
            numbers.into_iter().flat_map(Table::words).chain(alone.into_iter().flat_map(Table::words));
        let endings = self.ordinal_endings.iter().copied().flat_map(literals);
        words.chain(endings).chain(days).chain(times).chain(others).chain(self.parts.words())
    }

    /// What is understood where a language is spoken.
    pub fn understood(language: Language) -> Vec<&'static Self> {
        static ALL: LazyLock<Vec<(Language, Index)>> =
            LazyLock::new(|| Language::all().map(|language| (language, Index::of(language))).collect());
        let of = |language| ALL.iter().find(|(known, _)| *known == language).map(|(_, index)| index);
        language.understood().filter_map(of).collect()
    }
}

/// The zones by what a language says of their clocks.
fn clocks_of(language: Language) -> HashMap<String, Zone> {
    let is_place = |zone: &Zone| {
        let named = zone.name().split_once('/');
        named.is_some_and(|(region, place)| REGIONS.contains(&region) && !NO_PLACES.contains(&place))
    };
    let named = |zone: Zone| (plain(&language.clock_of(zone)), zone);
    Zone::all().filter(is_place).map(named).collect()
}
