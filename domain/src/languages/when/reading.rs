//! A text as phrases of the grammar, each word in one phrase or a filler. What is not understood is named.

use chrono::NaiveDate;

use super::chart::{Chart, Field, Phrase};
use super::days::{Dates, Day, NoDay};
use super::error::BadWhen;
use super::index::Index;
use super::meaning::{Lack, Meaning};
use super::setting::Setting;
use super::spelling::nearest;
use super::times::Time;
use crate::languages::Language;
use crate::languages::grammar::Part;
use crate::languages::words::{Hyphen, words};
use crate::values::time::Zone;

/// Nobody says more in one breath.
const CHARACTERS_MAX: usize = 200;
const WORDS_MAX: usize = 40;
/// At most so many ways to read a text are tried.
const READINGS_MAX: usize = 200;

/// A phrase as it was said, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub words: String,
    pub meaning: Meaning,
}

/// All that was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole {
    pub day: Option<Day>,
    pub dates: Option<Dates>,
    pub part: Option<Part>,
    pub time: Option<Time>,
    /// The day, if no other one is named.
    pub own_day: Option<NaiveDate>,
    /// Whose clock shows the time.
    pub zone: Option<Zone>,
}

/// The clauses of a text: those of the first reading in which they go together.
pub fn read(text: &str, field: Field, setting: &Setting<'_>) -> Result<Vec<Clause>, BadWhen> {
    if text.chars().count() > CHARACTERS_MAX {
        return Err(not_understood(field, text));
    }
    let read = |hyphen| {
        let words = words(text, hyphen);
        if words.len() > WORDS_MAX {
            return Err(not_understood(field, text));
        }
        let words = corrected(words, setting.language);
        Reading { chart: &Chart::of(&words, setting), words: &words, field, setting }.clauses(text)
    };
    read(Hyphen::Space).or_else(|error| read(Hyphen::Word).map_err(|_| error))
}

/// The only length of time that is said, in minutes.
pub fn length(text: &str, setting: &Setting<'_>) -> Option<u32> {
    // ".5 hours" is half an hour, and "90-minute" is 90 minutes.
    let text = [".25", ".5", ".75"]
        .iter()
        .fold(format!(" {text}"), |text, part| text.replace(&format!(" {part}"), &format!(" 0{part}")));
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| {
        text + if part.starts_with(char::is_alphabetic) { " " } else { "-" } + part
    });
    let words = words(&text, Hyphen::Space);
    if text.chars().count() > CHARACTERS_MAX || words.len() > WORDS_MAX {
        return None;
    }
    let chart = Chart::of(&words, setting);
    let lengths = past_fillers(&chart, 0).into_iter().filter_map(|at| chart.lengths.get(at)).flatten();
    let is_last = |end: usize| past_fillers(&chart, end).contains(&words.len());
    lengths.copied().find(|(end, _)| is_last(*end)).map(|(_, minutes)| minutes)
}

/// A place, and where fillers lead from there.
fn past_fillers(chart: &Chart<'_>, at: usize) -> Vec<usize> {
    let mut places = vec![at];
    let mut next = 0;
    while let Some(at) = places.get(next).copied().filter(|at| *at <= chart.words.len()) {
        let ends = if at < chart.words.len() { chart.fillers(at) } else { vec![] };
        places.extend(ends.into_iter().filter(|end| !places.contains(end)).collect::<Vec<_>>());
        next += 1;
    }
    places
}

/// The words as they are spelt in the languages that are understood.
fn corrected(words: Vec<String>, language: Language) -> Vec<String> {
    let grammars = Index::understood(language);
    let is_known = |word: &str| grammars.iter().any(|known| known.known.contains(word));
    let spelt = |word: String| {
        if is_known(&word) || !word.chars().all(char::is_alphabetic) {
            return vec![word];
        }
        let endings = grammars.iter().flat_map(|known| known.approximate_endings);
        let about = endings.filter_map(|ending| Some((word.strip_suffix(ending)?, *ending)));
        if let Some((stem, ending)) = about.into_iter().find(|(stem, _)| is_known(stem)) {
            return vec![stem.to_owned(), ending.to_owned()];
        }
        let names = grammars.iter().map(|known| known.names.as_slice());
        vec![nearest(&word, names).map_or(word, str::to_owned)]
    };
    words.into_iter().flat_map(spelt).collect()
}

fn not_understood(field: Field, text: &str) -> BadWhen {
    let shown = text.chars().take(64).collect();
    match field {
        Field::Day => BadWhen::Day(shown),
        Field::Part => BadWhen::Part(shown),
        Field::Time => BadWhen::Time(shown),
    }
}

/// Clauses, and how likely they say something else.
type Doubted = (u32, Vec<Clause>);

struct Reading<'a> {
    chart: &'a Chart<'a>,
    words: &'a [String],
    field: Field,
    setting: &'a Setting<'a>,
}

impl Reading<'_> {
    fn clauses(&self, text: &str) -> Result<Vec<Clause>, BadWhen> {
        let phrases: Vec<Vec<Phrase>> =
            (0..self.words.len()).map(|at| self.chart.phrases(at, self.field)).collect();
        let missing = self.missing(&phrases);
        if missing[0] > 0 {
            return Err(not_understood(self.field, &self.unknown(&phrases, &missing)));
        }
        let mut readings = Vec::new();
        self.follow(0, &phrases, &missing, &mut (0, vec![]), &mut readings);
        readings.sort_by_key(|(doubt, _)| *doubt);
        let mut first_error = None;
        for (_, clauses) in readings.into_iter().filter(|(_, clauses)| !clauses.is_empty()) {
            match together(&clauses, self.setting) {
                Ok(_) => return Ok(clauses),
                Err(
                    error @ (BadWhen::OtherWeekday { .. }
                    | BadWhen::WhichDate { .. }
                    | BadWhen::OtherClock(_)
                    | BadWhen::Choice(_)),
                ) => return Err(error),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| not_understood(self.field, text)))
    }

    /// How many words from each one on are in no phrase, at least.
    fn missing(&self, phrases: &[Vec<Phrase>]) -> Vec<usize> {
        let mut missing = vec![0; self.words.len() + 1];
        for at in (0..self.words.len()).rev() {
            let alone = missing[at + 1] + 1;
            let in_phrases = phrases[at].iter().map(|phrase| phrase.end).chain(self.chart.fillers(at));
            missing[at] = in_phrases.map(|end| missing[end]).min().map_or(alone, |known| known.min(alone));
        }
        missing
    }

    /// The words that are in no phrase.
    fn unknown(&self, phrases: &[Vec<Phrase>], missing: &[usize]) -> String {
        let (mut at, mut unknown) = (0, Vec::new());
        while at < self.words.len() {
            let known = phrases[at].iter().map(|phrase| phrase.end).chain(self.chart.fillers(at));
            at = known.into_iter().find(|end| missing[*end] == missing[at]).unwrap_or_else(|| {
                unknown.push(self.words[at].as_str());
                at + 1
            });
        }
        unknown.join(" ")
    }

    /// All readings from a word on, the most likely first.
    fn follow(
        &self,
        at: usize,
        phrases: &[Vec<Phrase>],
        missing: &[usize],
        begun: &mut Doubted,
        readings: &mut Vec<Doubted>,
    ) {
        if readings.len() == READINGS_MAX {
            return;
        }
        if at == self.words.len() {
            return readings.push(begun.clone());
        }
        for phrase in phrases[at].iter().filter(|phrase| missing[phrase.end] == 0) {
            begun.0 += u32::from(phrase.doubt);
            begun.1.push(Clause { words: self.words[at..phrase.end].join(" "), meaning: phrase.meaning });
            self.follow(phrase.end, phrases, missing, begun, readings);
            begun.1.pop();
            begun.0 -= u32::from(phrase.doubt);
        }
        for end in self.chart.fillers(at).into_iter().filter(|end| missing[*end] == 0) {
            self.follow(end, phrases, missing, begun, readings);
        }
    }
}

/// What clauses say together, unless they contradict each other.
pub fn together(clauses: &[Clause], setting: &Setting<'_>) -> Result<Whole, BadWhen> {
    let mut whole = Whole::default();
    if let Some((clause, lack)) = clauses.iter().find_map(|clause| Some((clause, clause.meaning.lack?))) {
        return Err(match lack {
            Lack::Appointment => BadWhen::NoAppointment(clause.words.clone()),
            Lack::Clock => BadWhen::OtherClock(clause.words.clone()),
            Lack::Choice => BadWhen::Choice(
                clauses.iter().map(|clause| clause.words.as_str()).collect::<Vec<_>>().join(" "),
            ),
        });
    }
    for (place, clause) in clauses.iter().enumerate() {
        let Some(more) = with(whole, clause.meaning) else {
            let other = clauses[..place].iter().rev().find(|before| {
                with(Whole::default(), before.meaning)
                    .is_none_or(|before| with(before, clause.meaning).is_none())
            });
            return Err(contradiction(other.unwrap_or(&clauses[0]), clause));
        };
        whole = more;
    }
    if let Some(day) = whole.day {
        let named: Vec<&Clause> = clauses.iter().filter(|clause| clause.meaning.day.is_some()).collect();
        let said = named.iter().map(|clause| clause.words.as_str()).collect::<Vec<_>>().join(" ");
        whole.dates = Some(day.resolve(setting.today()).map_err(|none| match none {
            NoDay::OtherWeekday(date) => BadWhen::OtherWeekday { said, date },
            NoDay::Which(one, other) => BadWhen::WhichDate { said, one, other },
            NoDay::Never => match named[..] {
                [first, .., last] if first.words != last.words => contradiction(first, last),
                _ => BadWhen::Day(said),
            },
        })?);
    }
    Ok(whole)
}

pub fn contradiction(one: &Clause, other: &Clause) -> BadWhen {
    BadWhen::Contradiction { one: one.words.clone(), other: other.words.clone() }
}

fn with(whole: Whole, meaning: Meaning) -> Option<Whole> {
    let day = match (whole.day, meaning.day) {
        (Some(one), Some(other)) => Some(one.and(&other)?),
        (one, other) => one.or(other),
    };
    let part = match (whole.part, meaning.part) {
        (Some(one), Some(other)) => {
            let (from, to) = (one.from.max(other.from), one.to.min(other.to));
            if from >= to {
                return None;
            }
            Some(Part { from, to, half: other.half })
        }
        (one, other) => one.or(other),
    };
    let time = match (whole.time, meaning.time) {
        (Some(one), Some(other)) => Some(one.and(other)?),
        (one, other) => one.or(other),
    };
    let goes_together = part.zip(time).is_none_or(|(part, time)| time.is_in(part));
    let own_day = whole.own_day.or(meaning.own_day);
    let zone = match (whole.zone, meaning.zone) {
        (Some(one), Some(other)) if one != other => return None,
        (one, other) => one.or(other),
    };
    goes_together.then_some(Whole { day, dates: None, part, time, own_day, zone })
}
