//! Which stretches of the words are phrases of the grammar, and what each says: a chart, filled from numbers
//! over clock times and days to whole phrases.

use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};

use super::days::{self, Dates, Day};
use super::setting::{DateOrder, Setting};
use super::times::{Face, Time};
use crate::languages::grammar::{ClockRule, DayRule, Part, Phrases, SpanRule, TimeRule, Vocabulary, Which};
use crate::languages::words::is_word;
use crate::values::time::{date, instant};

/// Phrases of every language.
const DAYS: &[(Phrases, DayRule)] = &[
    (&["{date}", "{month}", "{year}", "{nth} {weekday}"], DayRule::Conditions),
    (&["{weekday}"], DayRule::Weekday(Which::This)),
];
const CLOCK: &[(Phrases, ClockRule)] = &[(&["{h}", "{h} {mm}"], ClockRule::Past(None))];
const TIMES: &[(Phrases, TimeRule)] =
    &[(&["{clock}"], TimeRule::At), (&["{clock} - {clock}"], TimeRule::Between)];
const SPANS: &[(Phrases, SpanRule)] = &[(&["{day} - {day}"], SpanRule::FromTo)];

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Day,
    Part,
    Time,
}

/// What a phrase says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meaning {
    pub day: Option<Day>,
    pub part: Option<Part>,
    pub time: Option<Time>,
}

/// A phrase that begins at some word.
#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    /// The word after its last one.
    pub end: usize,
    pub meaning: Meaning,
    /// It may as well be something else: "after 3" is a time rather than a date.
    is_weak: bool,
}

/// What the slots of a phrase stand for.
#[derive(Debug, Clone, Copy, Default)]
struct Slots {
    said: Day,
    number: Option<u32>,
    hour: Option<(u16, bool)>,
    minute: Option<u16>,
    part: Option<Part>,
    days: [Option<Day>; 2],
    clocks: [Option<Face>; 2],
}

type Ends<T> = Vec<(usize, T)>;

#[derive(Debug)]
pub struct Chart<'a> {
    words: &'a [String],
    setting: &'a Setting<'a>,
    vocabularies: Vec<&'static Vocabulary>,
    /// For each word the numbers that begin there.
    numbers: Vec<Ends<u32>>,
    clocks: Vec<Ends<Face>>,
    /// All that names a day, with the fillers before it and within.
    days: Vec<Ends<Day>>,
}

impl<'a> Chart<'a> {
    pub fn of(words: &'a [String], setting: &'a Setting<'a>) -> Self {
        let vocabularies = setting.language.understood().map(|language| language.vocabulary()).collect();
        let mut chart = Self { words, setting, vocabularies, numbers: vec![], clocks: vec![], days: vec![] };
        chart.numbers = (0..words.len()).map(|at| chart.numbers_at(at)).collect();
        chart.clocks = (0..words.len()).map(|at| chart.clocks_at(at)).collect();
        chart.days = vec![vec![]; words.len() + 1];
        for at in (0..words.len()).rev() {
            chart.days[at] = chart.days_at(at);
        }
        chart
    }

    /// Where fillers that begin at a word end.
    pub fn fillers(&self, at: usize) -> Vec<usize> {
        let fillers = self.vocabularies.iter().flat_map(|known| known.fillers).chain(&["-"]);
        distinct(fillers.filter_map(|filler| self.literal(filler, at)).collect())
    }

    /// The phrases that begin at a word, the most likely first.
    pub fn phrases(&self, at: usize, field: Field) -> Vec<Phrase> {
        let mut phrases = self.listed(at, field);
        // A number alone is a date only where days are said.
        phrases.retain(|phrase| field == Field::Day || !phrase.meaning.day.as_ref().is_some_and(is_bare));
        phrases.sort_by_key(|phrase| (phrase.is_weak, std::cmp::Reverse(phrase.end)));
        phrases
    }

    fn listed(&self, at: usize, field: Field) -> Vec<Phrase> {
        let (days, spans, times, parts) =
            (self.day_phrases(at), self.span_phrases(at), self.time_phrases(at), self.part_phrases(at));
        match field {
            Field::Day => [spans, days, times, parts],
            Field::Part => [parts, times, spans, days],
            Field::Time => [times, parts, spans, days],
        }
        .concat()
    }

    fn day_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_rule = |(rule, end, slots): (DayRule, usize, Slots)| {
            let meaning = match rule {
                DayRule::InMinutes(unit) => self.in_minutes(unit, slots.number)?,
                _ => {
                    let day = days::day(rule, slots.said, slots.number, self.setting.today())?;
                    let part = if let DayRule::AheadIn(_, part) = rule { Some(part) } else { slots.part };
                    Meaning { day: Some(day), part, time: None }
                }
            };
            Some(Phrase { end, meaning, is_weak: false })
        };
        let ruled = self.matches(at, DAYS, |known| known.days).into_iter().filter_map(of_rule);
        ruled
            .chain(self.in_digits(at).map(|meaning| Phrase { end: at + 1, meaning, is_weak: false }))
            .collect()
    }

    fn span_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_rule = |(rule, end, slots): (SpanRule, usize, Slots)| {
            let named: Vec<Day> = slots.days.into_iter().flatten().collect();
            let day = days::spanned(rule, &named, slots.number, self.setting.today())?;
            let is_weak = named.last().is_some_and(is_bare) && named[0].month.is_none();
            Some(Phrase { end, meaning: Meaning { day: Some(day), ..Meaning::default() }, is_weak })
        };
        self.matches(at, SPANS, |known| known.spans).into_iter().filter_map(of_rule).collect()
    }

    fn time_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_rule = |(rule, end, Slots { clocks: [one, other], .. }): (TimeRule, usize, Slots)| {
            let time = match rule {
                TimeRule::At => Time { at: one, ..Time::default() },
                TimeRule::From => Time { from: one, ..Time::default() },
                TimeRule::Until => Time { until: one, ..Time::default() },
                TimeRule::Between => Time { from: one, until: other, at: None },
                TimeRule::Any => Time::default(),
            };
            Phrase { end, meaning: Meaning { time: Some(time), ..Meaning::default() }, is_weak: false }
        };
        self.matches(at, TIMES, |known| known.times).into_iter().map(of_rule).collect()
    }

    fn part_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_part = |(end, part)| Phrase {
            end,
            meaning: Meaning { part: Some(part), ..Meaning::default() },
            is_weak: false,
        };
        self.parts_at(at).into_iter().map(of_part).collect()
    }

    fn in_minutes(&self, unit: i64, number: Option<u32>) -> Option<Meaning> {
        let minutes = TimeDelta::try_minutes(unit.checked_mul(number.unwrap_or(1).into())?)?;
        let then = self.setting.zone.wall(self.setting.now.checked_add_signed(minutes)?);
        at_moment(then)
    }

    /// A date or a date and a time in digits.
    fn in_digits(&self, at: usize) -> Option<Meaning> {
        let word = &self.words[at];
        let day = |day| Some(Meaning { day: Some(day), ..Meaning::default() });
        if let Ok(date) = date(word) {
            return day(Day::on(date));
        }
        if word.contains('t') {
            let text = word.to_uppercase();
            if let Ok(instant) = instant(&text) {
                return at_moment(self.setting.zone.wall(instant));
            }
            let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
            let moment =
                formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())?;
            date(&moment.date().to_string()).ok()?;
            // Midnight stands where there is no time.
            return if moment.time() == NaiveTime::MIN {
                day(Day::on(moment.date()))
            } else {
                at_moment(moment)
            };
        }
        day(self.numeric_date(word)?)
    }

    /// `3/12` and `3/12/2026`, in the order of the country.
    fn numeric_date(&self, word: &str) -> Option<Day> {
        let parts: Vec<u32> = word.split('/').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let (one, other, year) = match parts[..] {
            [one, other] => (one, other, None),
            [one, other, year] if year < 100 => (one, other, i32::try_from(year + 2000).ok()),
            [one, other, year] => (one, other, Some(date(&format!("{year:04}-01-01")).ok()?.year())),
            _ => return None,
        };
        let dated = |day, month| {
            let conditions = Day { day: Some(day), month: Some(month), year, ..Day::default() };
            Some(conditions.resolve(self.setting.today()).ok()?.first)
        };
        let (day_first, month_first) = (dated(one, other), dated(other, one));
        let choice = match (day_first, month_first, self.setting.date_order()) {
            (Some(one), None, _) | (Some(one), Some(_), DateOrder::DayFirst) => [one, one],
            (None, Some(one), _) | (Some(_), Some(one), DateOrder::MonthFirst) => [one, one],
            (Some(one), Some(other), DateOrder::Either) => [one, other],
            (None, None, _) => return None,
        };
        Some(Day { choice: Some(choice), ..Day::default() })
    }

    fn days_at(&self, at: usize) -> Ends<Day> {
        let mut found: Ends<Day> =
            self.fillers(at).into_iter().flat_map(|end| self.days[end].clone()).collect();
        for Phrase { end, meaning, .. } in self.day_phrases(at) {
            let Some(day) = meaning.day.filter(|_| meaning.part.is_none() && meaning.time.is_none()) else {
                continue;
            };
            found.push((end, day));
            let more = self.days[end].iter().filter_map(|(end, more)| Some((*end, day.and(more)?)));
            found.extend(more);
        }
        distinct(found)
    }

    fn numbers_at(&self, at: usize) -> Ends<u32> {
        let word = &self.words[at];
        let digits = (word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| word.parse().ok())
            .flatten();
        let mut found: Ends<u32> = digits.map(|number| (at + 1, number)).into_iter().collect();
        for known in &self.vocabularies {
            let cardinals = (0..).zip(known.cardinals.iter().copied()).map(|(number, words)| (words, number));
            let all = cardinals.chain(known.numerals.iter().copied());
            found.extend(all.filter_map(|(words, number)| Some((self.literal(words, at)?, number))));
        }
        distinct(found)
    }

    fn clocks_at(&self, at: usize) -> Ends<Face> {
        let mut found: Ends<Face> = digital(&self.words[at]).map(|face| (at + 1, face)).into_iter().collect();
        for (rule, end, slots) in self.matches(at, CLOCK, |known| known.clock) {
            found.extend(on_a_clock(rule, &slots).map(|face| (end, face)));
        }
        let halved = |(end, face): &(usize, Face)| {
            let on_a_face = (1..=12).contains(&face.hour);
            let halves = if on_a_face { self.matches(*end, &[], |known| known.halves) } else { vec![] };
            let face = *face;
            halves.into_iter().filter_map(move |(half, end, slots)| {
                let half = half.or(slots.part.map(|part| part.half))?;
                Some((end, Face::new(half.hour(face.hour), face.minute, false)?))
            })
        };
        let with_half: Ends<Face> = found.iter().flat_map(halved).collect();
        found.extend(with_half);
        distinct(found)
    }

    fn parts_at(&self, at: usize) -> Ends<Part> {
        self.matches(at, &[], |known| known.parts).into_iter().map(|(part, end, _)| (end, part)).collect()
    }

    /// The rules of all languages that match at a word.
    fn matches<R: Copy>(
        &self,
        at: usize,
        common: &'static [(Phrases, R)],
        rules: impl Fn(&'static Vocabulary) -> &'static [(Phrases, R)],
    ) -> Vec<(R, usize, Slots)> {
        let all = self.vocabularies.iter().flat_map(|known| rules(known)).chain(common);
        let mut found = Vec::new();
        for (phrases, rule) in all {
            let mut matched = Vec::new();
            for phrase in *phrases {
                self.walk(phrase, at, Slots::default(), &mut matched);
            }
            found.extend(matched.into_iter().map(|(end, slots)| (*rule, end, slots)));
        }
        found
    }

    /// Where a phrase without slots ends.
    fn literal(&self, phrase: &str, at: usize) -> Option<usize> {
        let mut matched = Vec::new();
        self.walk(phrase, at, Slots::default(), &mut matched);
        matched.first().map(|(end, _)| *end)
    }

    /// Follows a phrase from a word on; finds where it ends.
    fn walk(&self, phrase: &str, at: usize, slots: Slots, found: &mut Ends<Slots>) {
        let Some((item, rest)) = phrase.split_once(' ').or((!phrase.is_empty()).then_some((phrase, "")))
        else {
            return found.push((at, slots));
        };
        let (item, may_be_left_out) = item.strip_suffix('?').map_or((item, false), |item| (item, true));
        if may_be_left_out {
            self.walk(rest, at, slots, found);
        }
        let Some(word) = self.words.get(at) else { return };
        if let Some(slot) = item.strip_prefix('{') {
            for (end, slots) in self.slot(slot.trim_end_matches('}'), at, slots) {
                self.walk(rest, end, slots, found);
            }
        } else if item.split('|').any(|of_phrase| is_word(word, of_phrase)) {
            self.walk(rest, at + 1, slots, found);
        }
    }

    /// What a slot stands for at a word.
    fn slot(&self, slot: &str, at: usize, slots: Slots) -> Ends<Slots> {
        let said = |said: Day| Slots { said, ..slots };
        match slot {
            "n" => {
                self.counts(at).map(|(end, number)| (end, Slots { number: Some(number), ..slots })).collect()
            }
            "weekday" => self
                .named(at, |known| &known.weekdays)
                .filter_map(|(end, place)| {
                    let weekday = Weekday::try_from(u8::try_from(place).ok()?).ok()?;
                    Some((end, said(Day { weekday: Some(weekday), ..slots.said })))
                })
                .collect(),
            "month" => self
                .named(at, |known| &known.months)
                .filter_map(|(end, place)| {
                    let month = u32::try_from(place + 1).ok()?;
                    Some((end, said(Day { month: Some(month), ..slots.said })))
                })
                .collect(),
            "date" => self
                .dates_of_month(at)
                .map(|(end, day)| (end, said(Day { day: Some(day), ..slots.said })))
                .collect(),
            "nth" => {
                self.nths(at).map(|(end, nth)| (end, said(Day { nth: Some(nth), ..slots.said }))).collect()
            }
            "year" => self
                .years(at)
                .map(|(end, year)| (end, said(Day { year: Some(year), ..slots.said })))
                .collect(),
            "h" => self.hours(at).map(|(end, hour)| (end, Slots { hour: Some(hour), ..slots })).collect(),
            "m" | "mm" | "words" => {
                let minutes = self.minutes(slot, at);
                minutes.map(|(end, minute)| (end, Slots { minute: Some(minute), ..slots })).collect()
            }
            "part" => self
                .parts_at(at)
                .into_iter()
                .map(|(end, part)| (end, Slots { part: Some(part), ..slots }))
                .collect(),
            "day" => self.days[at]
                .iter()
                .map(|(end, day)| (*end, Slots { days: next(slots.days, *day), ..slots }))
                .collect(),
            "clock" => self.clocks[at]
                .iter()
                .map(|(end, face)| (*end, Slots { clocks: next(slots.clocks, *face), ..slots }))
                .collect(),
            _ => vec![],
        }
    }

    /// Which of the names of each language stand at a word.
    fn named(
        &self,
        at: usize,
        names: impl Fn(&'static Vocabulary) -> &'static [Phrases],
    ) -> impl Iterator<Item = (usize, usize)> {
        let all = self.vocabularies.iter().flat_map(move |known| names(known).iter().enumerate());
        all.flat_map(move |(place, names)| {
            names.iter().filter_map(move |name| Some((self.literal(name, at)?, place)))
        })
    }

    /// Numbers, and articles that stand for one.
    fn counts(&self, at: usize) -> impl Iterator<Item = (usize, u32)> {
        let articles = self.vocabularies.iter().flat_map(|known| known.counts);
        let articles = articles.filter_map(move |(words, number)| Some((self.literal(words, at)?, *number)));
        self.numbers[at].iter().copied().chain(articles)
    }

    fn dates_of_month(&self, at: usize) -> impl Iterator<Item = (usize, u32)> {
        let ends_ordinal = |at: usize| {
            let word = self.words.get(at)?;
            self.vocabularies
                .iter()
                .any(|known| known.ordinal_endings.contains(&word.as_str()))
                .then_some(at + 1)
        };
        let is_digits = self.words[at].starts_with(|letter: char| letter.is_ascii_digit());
        let cardinals = self.numbers[at].iter().copied();
        let endings = cardinals
            .clone()
            .filter_map(move |(end, day)| Some((ends_ordinal(end).filter(|_| is_digits)?, day)));
        let ordinals = self.vocabularies.iter().flat_map(|known| (1..).zip(known.ordinals));
        let ordinals = ordinals.filter_map(move |(day, name)| Some((self.literal(name, at)?, day)));
        // "Un viernes" is no Friday the 1st.
        let cardinals = cardinals.filter(move |(_, day)| is_digits || *day > 1);
        cardinals.chain(endings).chain(ordinals).filter(|(_, day)| (1..=31).contains(day))
    }

    fn nths(&self, at: usize) -> impl Iterator<Item = (usize, i32)> {
        let firsts = self.vocabularies.iter().flat_map(|known| (1..=5).zip(known.ordinals));
        let lasts = self.vocabularies.iter().flat_map(|known| known.last.iter().map(|name| (-1, name)));
        firsts.chain(lasts).filter_map(move |(nth, name)| Some((self.literal(name, at)?, nth)))
    }

    fn years(&self, at: usize) -> impl Iterator<Item = (usize, i32)> {
        let word = &self.words[at];
        let digits = date(&format!("{word}-01-01")).ok().map(|date| (at + 1, date.year()));
        let centuries = self.vocabularies.iter().flat_map(|known| known.centuries);
        let begun = centuries.filter_map(move |century| self.literal(century, at));
        let last_two = begun.flat_map(|end| self.numbers.get(end).into_iter().flatten());
        let in_words = last_two
            .filter(|(_, number)| (20..100).contains(number))
            .filter_map(|(end, number)| Some((*end, i32::try_from(2000 + number).ok()?)));
        digits.into_iter().chain(in_words)
    }

    /// Hours, and whether they may be in either half of the day: `09` is on a clock of 24 hours.
    fn hours(&self, at: usize) -> impl Iterator<Item = (usize, (u16, bool))> {
        let is_either = !self.words[at].starts_with('0');
        let hours = self.numbers[at].iter().filter(|(_, number)| *number < 24);
        hours.filter_map(move |(end, number)| Some((*end, (u16::try_from(*number).ok()?, is_either))))
    }

    /// Minutes: `m` are any, `mm` stand right after the hour, `words` are not in digits.
    fn minutes(&self, slot: &str, at: usize) -> impl Iterator<Item = (usize, u16)> {
        let word = &self.words[at];
        let is_digits = word.starts_with(|letter: char| letter.is_ascii_digit());
        let is_allowed = match slot {
            "mm" => |number: u32, digits: usize| if digits > 0 { digits == 2 } else { number >= 10 },
            "words" => |number: u32, digits: usize| digits == 0 && number.is_multiple_of(5),
            _ => |_: u32, _: usize| true,
        };
        let digits = if is_digits { word.len() } else { 0 };
        let numbers =
            self.numbers[at].iter().filter(move |(_, number)| *number < 60 && is_allowed(*number, digits));
        let numbers = numbers.filter_map(|(end, number)| Some((*end, u16::try_from(*number).ok()?)));
        let named = self.vocabularies.iter().flat_map(|known| known.minutes).filter(move |_| slot != "mm");
        numbers
            .chain(named.filter_map(move |(name, minute)| Some((self.literal(name, at)?, *minute))))
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// The same without what comes again.
fn distinct<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut distinct = Vec::with_capacity(all.len());
    for one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}

/// Nothing but a number.
fn is_bare(day: &Day) -> bool {
    *day == Day { day: day.day, ..Day::default() }
}

fn next<T: Copy>(slots: [Option<T>; 2], value: T) -> [Option<T>; 2] {
    match slots {
        [None, _] => [Some(value), None],
        [first, _] => [first, Some(value)],
    }
}

fn at_moment(wall: NaiveDateTime) -> Option<Meaning> {
    let face = Face::new(u16::try_from(wall.hour()).ok()?, u16::try_from(wall.minute()).ok()?, false)?;
    let day = Day::within(Dates::on(wall.date()));
    Some(Meaning { day: Some(day), part: None, time: Some(Time { at: Some(face), ..Time::default() }) })
}

fn on_a_clock(rule: ClockRule, slots: &Slots) -> Option<Face> {
    let minute = slots.minute.unwrap_or(0);
    let (hour, is_either) = match rule {
        ClockRule::Past(Some(hour)) | ClockRule::To(Some(hour)) => (hour, false),
        ClockRule::Past(None) | ClockRule::To(None) | ClockRule::HalfPast => slots.hour?,
    };
    match rule {
        ClockRule::Past(_) => Face::new(hour % 24, minute, is_either),
        ClockRule::HalfPast => Face::new(hour, 30, is_either),
        ClockRule::To(_) if minute == 0 => None,
        ClockRule::To(_) if is_either => Face::new((hour + 10) % 12 + 1, 60_u16.checked_sub(minute)?, true),
        ClockRule::To(_) => Face::new((hour + 23) % 24, 60_u16.checked_sub(minute)?, false),
    }
}

/// `15:00`, `9:30`, `3.30`, `15:00:00`; `1530` and `0900` need no mark between.
fn digital(word: &str) -> Option<Face> {
    let parts: Vec<&str> = match word.split([':', '.']).collect::<Vec<_>>()[..] {
        [whole] if (3..=4).contains(&whole.len()) && whole.is_ascii() => {
            let (hour, minute) = whole.split_at(whole.len() - 2);
            vec![hour, minute]
        }
        [hour, minute] | [hour, minute, "00"] => vec![hour, minute],
        _ => return None,
    };
    let number = |part: &str, counts: std::ops::RangeInclusive<usize>| {
        let is_digits = counts.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(parts[0], 1..=2)?, number(parts[1], 2..=2)?);
    Face::new(hour, minute, !parts[0].starts_with('0'))
}
