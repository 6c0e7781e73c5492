//! Which stretches of the words are phrases of the grammar, and what each says: a chart, filled from numbers
//! over clock times and days to whole phrases.

use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta};

use super::days::{self, Day};
use super::index::{Index, Table};
use super::meaning::{Clock, Lack, Meaning, at_moment};
use super::moved;
use super::setting::{DateOrder, Setting};
use super::times::{Face, Time};
use crate::languages::grammar::{ClockRule, DayRule, Moved, Part, SpanRule, TimeRule};
use crate::languages::words::is_word;
use crate::values::time::{date, instant};

/// How doubtful it is that numbers alone are what a phrase takes them for.
const NUMBER_AS_LAST_DATE: u8 = 1;
const NUMBERS_AS_TIMES: u8 = 2;
const NUMBERS_AS_DATES: u8 = 3;
const NUMBER_AS_TIME: u8 = 4;
const NUMBERS_AS_DATE: u8 = 5;
/// "Las tres menos cuarto" and "but not before three" leave nothing out.
const NOT_WANTED: u8 = 6;
/// "Easter time" is a day rather than the clock of Easter Island.
const WORDS_AS_CLOCK: u8 = 1;
/// "The same day" is a date rather than a weekday.
const DAY_AS_WEEKDAY: u8 = 1;

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Day,
    Part,
    Time,
}

/// A phrase that begins at some word.
#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    /// The word after its last one.
    pub end: usize,
    pub meaning: Meaning,
    /// How doubtful it is: "after 3" is a time rather than a date.
    pub doubt: u8,
}

/// What the slots of a phrase stand for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slots {
    pub said: Day,
    pub number: Option<u32>,
    /// The hour, and whether it may be in either half of the day.
    pub hour: Option<(u16, bool)>,
    pub minute: Option<u16>,
    pub part: Option<Part>,
    pub days: [Option<Day>; 2],
    pub clocks: [Option<Face>; 2],
}

/// What begins at a word, each with the word after its last one.
pub(super) type Ends<T> = Vec<(usize, T)>;

#[derive(Debug)]
pub struct Chart<'a> {
    pub(super) words: &'a [String],
    setting: &'a Setting<'a>,
    pub(super) grammars: Vec<&'static Index>,
    /// For each word the numbers that begin there.
    pub(super) numbers: Vec<Ends<u32>>,
    /// The same with articles that stand for one.
    pub(super) counts: Vec<Ends<u32>>,
    /// The lengths of time, in minutes.
    pub(super) lengths: Vec<Ends<u32>>,
    pub(super) clocks: Vec<Ends<Face>>,
    /// All that names a day, with the fillers before it and within.
    pub(super) days: Vec<Ends<Day>>,
}

impl<'a> Chart<'a> {
    pub fn of(words: &'a [String], setting: &'a Setting<'a>) -> Self {
        let grammars = Index::understood(setting.language);
        let (numbers, counts, lengths, clocks, days) = (vec![], vec![], vec![], vec![], vec![]);
        let mut chart = Self { words, setting, grammars, numbers, counts, lengths, clocks, days };
        chart.numbers = (0..words.len()).map(|at| chart.numbers_at(at)).collect();
        chart.counts = (0..words.len()).map(|at| chart.counts_at(at)).collect();
        chart.lengths = (0..words.len()).map(|at| chart.lengths_at(at)).collect();
        chart.clocks = (0..words.len()).map(|at| chart.clocks_at(at)).collect();
        chart.days = vec![vec![]; words.len() + 1];
        for at in (0..words.len()).rev() {
            chart.days[at] = chart.days_at(at);
        }
        chart
    }

    /// Where fillers that begin at a word end.
    pub fn fillers(&self, at: usize) -> Vec<usize> {
        let is_dash = (self.words[at] == "-" && !self.is_between_numbers(at)).then_some(at + 1);
        let fillers = self.ends(at, |known| &known.fillers).map(|(end, ())| end);
        let leads_to_day = |end: &usize| self.days.get(*end).is_some_and(|days| !days.is_empty());
        let contrasts = self.ends(at, |known| &known.contrasts).map(|(end, ())| end);
        let contrasts = contrasts.filter(|end| !leads_to_day(end));
        distinct(fillers.chain(contrasts).chain(is_dash).collect())
    }

    /// A hyphen in `31-02` says something. One in "december 4 - 3 pm" does not.
    fn is_between_numbers(&self, at: usize) -> bool {
        let is_number = |place: Option<usize>| {
            place.and_then(|at| self.words.get(at)).is_some_and(|word| short_number(word).is_some())
        };
        let is_time = self.clocks.get(at + 1).into_iter().flatten().any(|(end, _)| *end > at + 2);
        is_number(at.checked_sub(1)) && is_number(Some(at + 1)) && !is_time
    }

    /// The phrases that begin at a word, the most likely first.
    pub fn phrases(&self, at: usize, field: Field) -> Vec<Phrase> {
        let mut phrases = self.listed(at, field);
        // `12-03` and `31-02` are dates or nothing: as a range they would end before they begin.
        phrases.retain(|phrase| phrase.end != at + 3 || !self.is_like_date(at));
        if field == Field::Day {
            phrases.extend(self.hyphenated_date(at));
            if let Some(date) = self.dotted_date(at) {
                // "03.12 a las 10" is no range.
                let is_range = |time: Time| time.from.is_some() && time.until.is_some();
                phrases.retain(|phrase| !phrase.meaning.time.is_some_and(is_range));
                phrases.insert(0, date);
            }
        }
        let is_number = |end: usize| self.numbers[at].iter().any(|(number, _)| *number == end);
        for phrase in phrases.iter_mut().filter(|phrase| field == Field::Day && phrase.meaning.time.is_some())
        {
            // Among days a number alone is a date rather than a time, and "4 a las 3" no range.
            phrase.doubt = match phrase.meaning.time {
                _ if is_number(phrase.end) => NUMBER_AS_TIME,
                Some(Time { from: Some(_), until: Some(_), .. }) if !self.numbers[at].is_empty() => {
                    NUMBERS_AS_TIMES
                }
                _ => phrase.doubt,
            };
        }
        // Elsewhere it is no date.
        let is_date = |phrase: &Phrase| {
            phrase.doubt == NUMBERS_AS_DATES || phrase.meaning.day.as_ref().is_some_and(is_bare)
        };
        phrases.retain(|phrase| field == Field::Day || !is_date(phrase));
        phrases.sort_by_key(|phrase| (phrase.doubt, std::cmp::Reverse(phrase.end)));
        phrases
    }

    fn listed(&self, at: usize, field: Field) -> Vec<Phrase> {
        let (days, spans, times, parts) =
            (self.day_phrases(at), self.span_phrases(at), self.time_phrases(at), self.part_phrases(at));
        let (moved, zones) = (self.moved_phrases(at), self.zone_phrases(at));
        match field {
            Field::Day => [moved, days, spans, parts, times, zones],
            Field::Part => [moved, parts, times, days, spans, zones],
            Field::Time => [moved, times, parts, days, spans, zones],
        }
        .concat()
    }

    fn day_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_rule = |(rule, end, slots): (DayRule, usize, Slots)| {
            let meaning = match rule {
                DayRule::InMinutes(unit) => self.in_minutes(unit, slots.number)?,
                DayRule::AllBut | DayRule::Not => Meaning { lack: Some(Lack::Choice), ..Meaning::default() },
                _ => {
                    let day = days::day(rule, slots.said, slots.number, self.setting.today())?;
                    let part = if let DayRule::AheadIn(_, part) = rule { Some(part) } else { slots.part };
                    Meaning { day: Some(day), part, ..Meaning::default() }
                }
            };
            Some(Phrase { end, meaning, doubt: if rule == DayRule::Not { NOT_WANTED } else { 0 } })
        };
        let ruled = self.matches(at, |known| &known.days).into_iter().filter_map(of_rule);
        ruled.chain(self.in_digits(at).map(|meaning| Phrase { end: at + 1, meaning, doubt: 0 })).collect()
    }

    /// What counts from the appointment that is moved.
    fn moved_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_rule = |(rule, end, slots): (Moved, usize, Slots)| {
            let meaning = match self.setting.moving {
                Some(start) => moved::meaning(rule, slots.number, start, self.setting.zone)?,
                None => Meaning { lack: Some(Lack::Appointment), ..Meaning::default() },
            };
            let doubt = if rule == Moved::Weekday { DAY_AS_WEEKDAY } else { 0 };
            Some(Phrase { end, meaning, doubt })
        };
        self.matches(at, |known| &known.moved).into_iter().filter_map(of_rule).collect()
    }

    /// Whose clock is meant.
    fn zone_phrases(&self, at: usize) -> Vec<Phrase> {
        let phrase = |(end, clock): (usize, Clock)| {
            let meaning = match clock {
                Clock::Here => Meaning::default(),
                Clock::Of(zone) => Meaning { zone: Some(zone), ..Meaning::default() },
                Clock::Unclear => Meaning { lack: Some(Lack::Clock), ..Meaning::default() },
            };
            Phrase { end, meaning, doubt: WORDS_AS_CLOCK }
        };
        self.clocks_of(at, self.setting).into_iter().map(phrase).collect()
    }

    fn span_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_rule = |(rule, end, slots): (SpanRule, usize, Slots)| {
            let named: Vec<Day> = slots.days.into_iter().flatten().collect();
            let day = days::spanned(rule, &named, slots.number, self.setting.today())?;
            let doubt = match named[..] {
                [first, _] if rule == SpanRule::Either && is_bare(&first) => NUMBERS_AS_DATES,
                [first, last] if is_bare(&last) && first.month.is_none() => NUMBERS_AS_DATES,
                [_, last] if is_bare(&last) => NUMBER_AS_LAST_DATE,
                [day] if is_bare(&day) => NUMBERS_AS_DATES,
                _ => 0,
            };
            Some(Phrase { end, meaning: Meaning { day: Some(day), ..Meaning::default() }, doubt })
        };
        self.matches(at, |known| &known.spans).into_iter().filter_map(of_rule).collect()
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
            Phrase { end, meaning: Meaning { time: Some(time), ..Meaning::default() }, doubt: 0 }
        };
        self.matches(at, |known| &known.times).into_iter().map(of_rule).collect()
    }

    fn part_phrases(&self, at: usize) -> Vec<Phrase> {
        let of_part = |(end, part)| Phrase {
            end,
            meaning: Meaning { part: Some(part), ..Meaning::default() },
            doubt: 0,
        };
        self.ends(at, |known| &known.parts).map(of_part).collect()
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
            let text = with_seconds(&word.to_uppercase());
            if let Ok(instant) = instant(&text) {
                return at_moment(self.setting.zone.wall(instant));
            }
            let moment = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
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

    /// The numbers beside a hyphen.
    fn hyphenated(&self, at: usize) -> Option<[&str; 2]> {
        let [one, hyphen, other] = self.words.get(at..at + 3)? else { return None };
        let are_numbers = short_number(one).is_some() && short_number(other).is_some();
        (hyphen == "-" && are_numbers).then_some([one, other])
    }

    /// `12-03`
    fn is_like_date(&self, at: usize) -> bool {
        let Some([one, other]) = self.hyphenated(at) else { return false };
        let (Some(first), Some(second)) = (short_number(one), short_number(other)) else { return false };
        let is_zero_led = |word: &str| word.starts_with('0') && word != "00";
        // No clock has so many hours.
        second < first && (is_zero_led(other) || first > 24) || is_zero_led(one) && second > 24
    }

    /// `12-03` where a day is named. "Friday 2-4" is rather a time.
    fn hyphenated_date(&self, at: usize) -> Option<Phrase> {
        let [one, other] = self.hyphenated(at)?;
        let day = self.numeric_date(&format!("{one}/{other}"))?;
        let is_date = self.is_alone(at..at + 3) || self.is_like_date(at);
        let doubt = if is_date { 0 } else { NUMBERS_AS_DATE };
        Some(Phrase { end: at + 3, meaning: Meaning { day: Some(day), ..Meaning::default() }, doubt })
    }

    /// `12.03` where a day is named. `3.30` is rather a time.
    fn dotted_date(&self, at: usize) -> Option<Phrase> {
        let word = &self.words[at];
        let (_, other) = word.split_once('.')?;
        let day = self.numeric_date(&word.replace('.', "/"))?;
        let is_time = short_number(other)?.is_multiple_of(5);
        let meaning = Meaning { day: Some(day), ..Meaning::default() };
        (!is_time).then_some(Phrase { end: at + 1, meaning, doubt: 0 })
    }

    /// Whether there are only fillers beside some words.
    fn is_alone(&self, places: std::ops::Range<usize>) -> bool {
        (0..self.words.len())
            .filter(|place| !places.contains(place))
            .all(|place| !self.fillers(place).is_empty())
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
        // "A las 3" is no date.
        let leads_to_dates = self.ends(at, |known| &known.before_date).next().is_some();
        let after_fillers = self.fillers(at).into_iter().flat_map(|end| self.days[end].iter().copied());
        let mut found: Ends<Day> = after_fillers.filter(|(_, day)| leads_to_dates || !is_bare(day)).collect();
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
        found.extend(self.ends(at, |known| &known.numbers));
        distinct(found)
    }

    fn clocks_at(&self, at: usize) -> Ends<Face> {
        let word = &self.words[at];
        let is_whole = self.setting.is_typed && word.find(':') == Some(2);
        let is_either = |face: Face| face.is_either && !is_whole;
        let face = digital(word).map(|face| Face { is_either: is_either(face), ..face });
        let mut found: Ends<Face> = face.map(|face| (at + 1, face)).into_iter().collect();
        for (rule, end, slots) in self.matches(at, |known| &known.clock) {
            found.extend(on_a_clock(rule, &slots).map(|face| (end, face)));
        }
        let halved = |(end, face): &(usize, Face)| {
            let on_a_face = (1..=12).contains(&face.hour);
            let halves = if on_a_face { self.matches(*end, |known| &known.halves) } else { vec![] };
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

    /// The rules of all languages that match at a word.
    pub(super) fn matches<R: Copy + 'static>(
        &self,
        at: usize,
        table: impl Fn(&'static Index) -> &'static Table<R>,
    ) -> Vec<(R, usize, Slots)> {
        let Some(word) = self.words.get(at) else { return vec![] };
        let mut found = Vec::new();
        for (_, phrase, rule) in self.grammars.iter().flat_map(|known| table(known).beginning(word)) {
            let mut matched = Vec::new();
            self.walk(phrase, at, Slots::default(), &mut matched);
            found.extend(matched.into_iter().map(|(end, slots)| (rule, end, slots)));
        }
        found
    }

    /// The same of phrases without slots: where they end, and what they mean.
    pub(super) fn ends<R: Copy + 'static>(
        &self,
        at: usize,
        table: impl Fn(&'static Index) -> &'static Table<R>,
    ) -> impl Iterator<Item = (usize, R)> {
        self.matches(at, table).into_iter().map(|(rule, end, _)| (end, rule))
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
}

/// `2026-12-03T15:00-05:00` with its seconds: ISO 8601 lets them be left out, RFC 3339 does not.
fn with_seconds(text: &str) -> String {
    let (minutes, rest) = text.split_at_checked("2026-12-03T15:00".len()).unwrap_or((text, ""));
    let seconds = if rest.starts_with(':') { "" } else { ":00" };
    format!("{minutes}{seconds}{rest}")
}

/// A number of one or two digits.
fn short_number(word: &str) -> Option<u32> {
    (word.len() <= 2).then(|| word.parse().ok())?
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
