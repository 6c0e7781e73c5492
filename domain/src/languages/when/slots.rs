//! What the slots of phrases stand for: numbers, names, dates of a month, years, hours and minutes.

use chrono::Datelike;

use super::chart::{Chart, Ends, Slots};
use super::days::Day;
use super::times::Face;
use crate::languages::grammar::Length;
use crate::values::time::date;

impl Chart<'_> {
    /// What a slot stands for at a word.
    pub(super) fn slot(&self, slot: &str, at: usize, slots: Slots) -> Ends<Slots> {
        let said = slots.said;
        let filled = |end, said| (end, Slots { said, ..slots });
        match slot {
            "n" => {
                let counts = self.counts[at].iter();
                counts.map(|(end, number)| (*end, Slots { number: Some(*number), ..slots })).collect()
            }
            "weekday" => {
                let weekdays = self.ends(at, |known| &known.weekdays);
                weekdays.map(|(end, weekday)| filled(end, Day { weekday: Some(weekday), ..said })).collect()
            }
            "month" => {
                let months = self.ends(at, |known| &known.months);
                months.map(|(end, month)| filled(end, Day { month: Some(month), ..said })).collect()
            }
            "date" => self
                .dates_of_month(at)
                .map(|(end, day)| filled(end, Day { day: Some(day), ..said }))
                .collect(),
            "nth" => self.nths(at).map(|(end, nth)| filled(end, Day { nth: Some(nth), ..said })).collect(),
            "year" => {
                self.years(at).map(|(end, year)| filled(end, Day { year: Some(year), ..said })).collect()
            }
            "h" => self.hours(at).map(|(end, hour)| (end, Slots { hour: Some(hour), ..slots })).collect(),
            "m" | "mm" | "words" => {
                let minutes = self.minutes(slot, at);
                minutes.map(|(end, minute)| (end, Slots { minute: Some(minute), ..slots })).collect()
            }
            "part" => {
                let parts = self.ends(at, |known| &known.parts);
                parts.map(|(end, part)| (end, Slots { part: Some(part), ..slots })).collect()
            }
            "length" => {
                let lengths = self.lengths[at].iter();
                lengths.map(|(end, minutes)| (*end, Slots { number: Some(*minutes), ..slots })).collect()
            }
            "quarters" => {
                let number = quarters(&self.words[at]);
                number.map(|number| (at + 1, Slots { number: Some(number), ..slots })).into_iter().collect()
            }
            "day" => {
                let days = self.days[at].iter();
                days.map(|(end, day)| (*end, Slots { days: next(slots.days, *day), ..slots })).collect()
            }
            "clock" | "noon" => {
                let is_meant = |face: &Face| slot == "clock" || *face == Face::NOON;
                let clocks = self.clocks[at].iter().filter(|(_, face)| is_meant(face));
                clocks
                    .map(|(end, face)| (*end, Slots { clocks: next(slots.clocks, *face), ..slots }))
                    .collect()
            }
            _ => vec![],
        }
    }

    fn is_digits(&self, at: usize) -> bool {
        self.words[at].starts_with(|letter: char| letter.is_ascii_digit())
    }

    /// Numbers, and articles that stand for one.
    pub(super) fn counts_at(&self, at: usize) -> Ends<u32> {
        self.numbers[at].iter().copied().chain(self.ends(at, |known| &known.counts)).collect()
    }

    fn dates_of_month(&self, at: usize) -> impl Iterator<Item = (usize, u32)> {
        let is_digits = self.is_digits(at);
        let is_ending =
            |word: &String| self.grammars.iter().any(|known| known.ordinal_endings.contains(&word.as_str()));
        let with_ending = move |(end, day): &(usize, u32)| {
            let has_ending = is_digits && self.words.get(*end).is_some_and(is_ending);
            has_ending.then_some((*end + 1, *day))
        };
        let endings = self.numbers[at].iter().filter_map(with_ending);
        // "Un viernes" is no Friday the 1st.
        let cardinals = self.numbers[at].iter().copied().filter(move |(_, day)| is_digits || *day > 1);
        let ordinals = self.ends(at, |known| &known.ordinals);
        cardinals.chain(endings).chain(ordinals).filter(|(_, day)| (1..=31).contains(day))
    }

    fn nths(&self, at: usize) -> impl Iterator<Item = (usize, i32)> {
        let firsts = self.ends(at, |known| &known.ordinals).filter(|(_, nth)| *nth <= 5);
        let firsts = firsts.filter_map(|(end, nth)| Some((end, i32::try_from(nth).ok()?)));
        firsts.chain(self.ends(at, |known| &known.last).map(|(end, ())| (end, -1)))
    }

    fn years(&self, at: usize) -> impl Iterator<Item = (usize, i32)> {
        let digits = date(&format!("{}-01-01", self.words[at])).ok().map(|date| (at + 1, date.year()));
        let begun = self.ends(at, |known| &known.centuries);
        let last_two = begun.flat_map(|(end, ())| self.numbers.get(end).into_iter().flatten());
        let in_words = last_two.filter(|(_, number)| (20..100).contains(number));
        let in_words = in_words.filter_map(|(end, number)| Some((*end, i32::try_from(2000 + number).ok()?)));
        digits.into_iter().chain(in_words)
    }

    /// Hours, and whether they may be in either half of the day: `09` is on a clock of 24 hours.
    fn hours(&self, at: usize) -> impl Iterator<Item = (usize, (u16, bool))> {
        let is_either = !self.words[at].starts_with('0');
        let hours = self.numbers[at].iter().filter(|(_, number)| *number < 24);
        hours.filter_map(move |(end, number)| Some((*end, (u16::try_from(*number).ok()?, is_either))))
    }

    /// How many minutes something lasts.
    pub(super) fn lengths_at(&self, at: usize) -> Ends<u32> {
        let minutes = |(length, end, slots): (Length, usize, Slots)| {
            let units = length.unit.checked_mul(slots.number.unwrap_or(1))?;
            let more = length.more.checked_add(slots.minute.unwrap_or(0).into())?;
            Some((end, units.checked_add(more)?))
        };
        self.matches(at, |known| &known.lengths).into_iter().filter_map(minutes).collect()
    }

    /// Minutes: `m` are any, `mm` stand right after the hour, `words` are not in digits.
    fn minutes(&self, slot: &str, at: usize) -> impl Iterator<Item = (usize, u16)> {
        let digits = if self.is_digits(at) { self.words[at].len() } else { 0 };
        let is_allowed = |number: u32| match slot {
            "mm" if digits > 0 => digits == 2,
            "mm" => number >= 10,
            "words" => digits == 0 && number.is_multiple_of(5),
            _ => true,
        };
        let mut minutes: Ends<u32> = self.numbers[at]
            .iter()
            .copied()
            .filter(|(_, number)| *number < 60 && is_allowed(*number))
            .collect();
        if slot != "mm" {
            minutes.extend(self.ends(at, |known| &known.minutes));
        }
        minutes.into_iter().filter_map(|(end, minute)| Some((end, u16::try_from(minute).ok()?)))
    }
}

/// `1.5` are six quarters.
fn quarters(word: &str) -> Option<u32> {
    let (whole, part) = word.split_once('.')?;
    let more = match part {
        "0" => 0,
        "25" => 1,
        "5" | "50" => 2,
        "75" => 3,
        _ => return None,
    };
    whole.parse::<u32>().ok()?.checked_mul(4)?.checked_add(more)
}

fn next<T: Copy>(slots: [Option<T>; 2], value: T) -> [Option<T>; 2] {
    match slots {
        [None, _] => [Some(value), None],
        [first, _] => [first, Some(value)],
    }
}
