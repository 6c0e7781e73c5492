//! From what was said of the time of the day to times: which half of the day an hour is in, and what bounds
//! there are.

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike};

use super::days::Dates;
use crate::languages::grammar::Part;
use crate::values::hours::Schedule;
use crate::values::time::TimeOfDay;

const HOUR: u16 = 60;
/// A time that is at most so long before opening or after closing is one that people name.
const EDGE_MINUTES: u16 = 30;
/// So many days are looked at for when a business is open.
const DAYS_MAX: i64 = 14;

/// A time as a clock shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    pub hour: u16,
    pub minute: u16,
    /// It may be in either half of the day.
    pub is_either: bool,
}

impl Face {
    pub const NOON: Self = Self { hour: 12, minute: 0, is_either: false };

    pub fn new(hour: u16, minute: u16, is_either: bool) -> Option<Self> {
        let is_either = is_either && (1..=12).contains(&hour);
        (hour < 24 && minute < HOUR).then_some(Self { hour, minute, is_either })
    }

    /// As it is on a clock of 24 hours.
    pub fn of(time: NaiveTime) -> Option<Self> {
        Self::new(u16::try_from(time.hour()).ok()?, u16::try_from(time.minute()).ok()?, false)
    }

    fn time(self) -> TimeOfDay {
        clock(self.hour, self.minute)
    }

    /// The times that it can be, the earlier first.
    fn candidates(self, part: Option<Part>) -> Vec<TimeOfDay> {
        match part {
            _ if !self.is_either => vec![self.time()],
            Some(part) => vec![clock(part.half.hour(self.hour), self.minute)],
            None => [self.hour % 12, self.hour % 12 + 12].map(|hour| clock(hour, self.minute)).to_vec(),
        }
    }

    /// Both are the same time; the one that says more.
    fn unified(self, other: Self) -> Option<Self> {
        let on_a_face = |face: Self| (face.hour % 12, face.minute);
        match (self.is_either, other.is_either) {
            (true, _) => (on_a_face(self) == on_a_face(other)).then_some(other),
            (false, true) => other.unified(self),
            (false, false) => (self == other).then_some(self),
        }
    }

    fn is_in(self, part: Part) -> bool {
        let on_a_face = (self.hour + 11) % 12 + 1;
        let within = (part.from * HOUR..part.to * HOUR).contains(&self.time().minutes());
        self.is_either || within || part.half.hour(on_a_face) == self.hour
    }
}

fn clock(hour: u16, minute: u16) -> TimeOfDay {
    TimeOfDay::from_minutes(hour * HOUR + minute).unwrap_or(TimeOfDay::END)
}

/// What was said of the time of the day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Time {
    pub at: Option<Face>,
    pub from: Option<Face>,
    pub until: Option<Face>,
}

impl Time {
    /// Both, unless they contradict each other on their face.
    pub fn and(self, other: Self) -> Option<Self> {
        let both = |one: Option<Face>, other: Option<Face>| match (one, other) {
            (Some(one), Some(other)) => one.unified(other).map(Some),
            _ => Some(one.or(other)),
        };
        Some(Self {
            at: both(self.at, other.at)?,
            from: both(self.from, other.from)?,
            until: both(self.until, other.until)?,
        })
    }

    pub fn is_in(self, part: Part) -> bool {
        let is_in = |face: Option<Face>| face.is_none_or(|face| face.is_in(part));
        is_in(self.at) && (self.until.is_some() || is_in(self.from))
    }
}

/// What the times of a [`Times`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Nothing,
    Part,
    /// One time: the nearest one is wanted.
    Exact,
    LowerBound,
    UpperBound,
    Range,
}

/// Times of the day, the second one not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub from: TimeOfDay,
    pub to: TimeOfDay,
    pub named: Named,
}

impl Times {
    pub const ANY: Self = Self { from: TimeOfDay::START, to: TimeOfDay::END, named: Named::Nothing };
}

/// Why the times are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTime {
    Contradiction,
    Which(TimeOfDay, TimeOfDay),
}

/// When a business is open on the days that somebody asks for. If it is closed on all of them, on the next
/// ones.
#[derive(Debug)]
pub struct Opening<'a> {
    /// None: at any time.
    schedule: Option<&'a Schedule>,
    dates: Dates,
}

impl<'a> Opening<'a> {
    pub fn on(schedule: Option<&'a Schedule>, dates: Option<Dates>, today: NaiveDate) -> Self {
        Self { schedule, dates: dates.unwrap_or(Dates::from(today)) }
    }

    /// Whether a window, widened by so many minutes, has something of the times.
    fn has(&self, from: TimeOfDay, to: TimeOfDay, edge: u16) -> bool {
        let Some(schedule) = self.schedule else { return true };
        let Dates { first, last } = self.dates;
        let days = || first.iter_days().take_while(|date| *date - first < TimeDelta::days(DAYS_MAX));
        let is_open = |date: &NaiveDate| !schedule.hours_on(*date).windows().is_empty();
        let meant = days().filter(|date| last.is_none_or(|last| *date <= last)).filter(is_open);
        let meant: Vec<NaiveDate> = meant.collect();
        let dates = if meant.is_empty() { days().filter(is_open).take(1).collect() } else { meant };
        let last = from.max(TimeOfDay::from_minutes(to.minutes().saturating_sub(1)).unwrap_or(from));
        dates.iter().flat_map(|date| schedule.hours_on(*date).windows()).any(|window| {
            let opens = window.opens.minutes().saturating_sub(edge);
            from.minutes() < window.closes.minutes().saturating_add(edge) && opens <= last.minutes()
        })
    }

    /// The one of two that is within opening hours, or at least near them.
    fn choose<T: Copy>(
        &self,
        choice: &[T],
        times: impl Fn(T) -> (TimeOfDay, TimeOfDay),
    ) -> Result<T, NoTime> {
        let (one, other) = match choice {
            [] => return Err(NoTime::Contradiction),
            [one] => return Ok(*one),
            [one, other, ..] => (*one, *other),
        };
        for edge in [0, EDGE_MINUTES] {
            let open = |times: (TimeOfDay, TimeOfDay)| self.has(times.0, times.1, edge);
            match (open(times(one)), open(times(other))) {
                (true, false) => return Ok(one),
                (false, true) => return Ok(other),
                (true, true) => break,
                (false, false) => {}
            }
        }
        Err(NoTime::Which(times(one).0, times(other).0))
    }

    fn time(&self, face: Face, part: Option<Part>) -> Result<TimeOfDay, NoTime> {
        self.choose(&face.candidates(part), |time| (time, time))
    }

    fn range(&self, from: Face, until: Face, part: Option<Part>) -> Result<(TimeOfDay, TimeOfDay), NoTime> {
        let ends: Vec<TimeOfDay> = until.candidates(None).into_iter().map(end).collect();
        let shortest =
            |start: TimeOfDay| ends.iter().copied().filter(|end| *end > start).min().map(|end| (start, end));
        let mut ranges: Vec<_> = from.candidates(None).into_iter().filter_map(shortest).collect();
        if let [one, other] = ranges[..] {
            match part {
                Some(part) => ranges.retain(|range| from.candidates(Some(part)).contains(&range.0)),
                // "2 to 4 pm", "10 to 2 pm": not longer than half a day.
                None if one.1 == other.1 => ranges = vec![other],
                None => {}
            }
        }
        // "Between 3 and 2" would begin at three in the morning.
        if let [(start, _)] = ranges[..]
            && from.is_either
            && until.is_either
            && !self.has(start, start, EDGE_MINUTES)
        {
            return Err(NoTime::Contradiction);
        }
        self.choose(&ranges, |range| range)
    }

    /// The times that are meant.
    pub fn times(&self, time: Time, part: Option<Part>) -> Result<Times, NoTime> {
        let (begin, finish) =
            part.map_or((TimeOfDay::START, TimeOfDay::END), |part| (clock(part.from, 0), clock(part.to, 0)));
        // People say "six in the afternoon" where the afternoon has ended.
        let until_finish = |from: TimeOfDay| if from < finish { finish } else { TimeOfDay::END };
        let times = match (time.from, time.until) {
            (None, None) if time.at.is_none() => {
                let named = if part.is_some() { Named::Part } else { Named::Nothing };
                return Ok(Times { from: begin, to: finish, named });
            }
            (None, None) => None,
            (Some(from), None) => {
                let from = self.time(from, part)?;
                Some(Times { from, to: until_finish(from), named: Named::LowerBound })
            }
            (None, Some(until)) => {
                let to = end(self.time(until, part)?);
                let from = if begin < to { begin } else { TimeOfDay::START };
                Some(Times { from, to, named: Named::UpperBound })
            }
            (Some(from), Some(until)) => {
                let (from, to) = self.range(from, until, part)?;
                Some(Times { from, to, named: Named::Range })
            }
        };
        let Some(at) = time.at else { return times.ok_or(NoTime::Contradiction) };
        let from = self.time(at, part)?;
        let to = match times {
            Some(bounds) if from < bounds.from || bounds.to <= from => return Err(NoTime::Contradiction),
            Some(bounds) => bounds.to,
            None => until_finish(from),
        };
        Ok(Times { from, to, named: Named::Exact })
    }
}

/// Midnight at an end is that of the next day.
fn end(time: TimeOfDay) -> TimeOfDay {
    if time == TimeOfDay::START { TimeOfDay::END } else { time }
}
