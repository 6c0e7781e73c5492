//! The grammar of a language as data: phrases with slots, and what each phrase means.
//!
//! A phrase is a row of words. `word?` may be left out, `one|other` is one of them, and `{slot}` is anything
//! of its kind. Accents and capitals do not matter.
//!
//! | Slot | Stands for |
//! |---|---|
//! | `{n}` | a number in digits or words |
//! | `{weekday}`, `{month}`, `{year}` | their names, and years in digits or words |
//! | `{date}` | a day of the month: `15`, `15th`, `fifteenth` |
//! | `{nth}` | `first` to `fifth`, or `last` |
//! | `{h}`, `{m}` | hours and minutes of a clock; `{mm}` are two digits, `{words}` are minutes in words |
//! | `{part}` | a part of the day |
//! | `{length}` | a length of time: `half an hour`, `1h30` |
//! | `{quarters}` | a number with a decimal point, in quarters: `1.5` |
//! | `{day}` | all that names a day: `friday`, `friday the 4th of december` |
//! | `{clock}` | a time of the day: `3`, `3:30 pm`, `half past three in the afternoon`, `noon` |
//! | `{noon}` | noon, in words |

use chrono::Weekday;

/// Phrases that mean the same.
pub type Phrases = &'static [&'static str];

/// Which of the coming days of a weekday is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The last one before today.
    Past,
    /// The first one from today on.
    This,
    /// The first one after today.
    Coming,
    /// The one of the week after this one; weeks begin on Monday.
    OfNextWeek,
}

/// How much of a week or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Whole,
    Beginning,
    Middle,
    End,
}

/// What a phrase says of the day. Weekdays, dates, months and years in the phrase are conditions as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayRule {
    /// Nothing but the conditions.
    Conditions,
    Weekday(Which),
    /// So many weeks after the first such weekday from today on.
    WeekdayPlus(i64),
    /// So many days from today.
    Ahead(i64),
    /// So many days from today, in a part of the day: `tonight`.
    AheadIn(i64, Part),
    /// `{n}` times so many days from today.
    InDays(i64),
    /// `{n}` months from today.
    InMonths,
    /// `{n}` times so many minutes from now: a day and a time.
    InMinutes(i64),
    /// Any day until `{n}` times so many days from today.
    Within(i64),
    /// Of the week after so many weeks, or after `{n}`.
    Week(i64, Share),
    /// The first, second or last seven days of the month in the conditions.
    WeekOfMonth,
    Weekend(i64),
    /// From Monday to Friday.
    Workdays,
    Month(i64, Share),
    Year(i64),
    /// The same date every year: the month and the day.
    Yearly(u32, u32),
    /// So many days after Easter Sunday.
    Easter(i64),
    /// The weekday of a month: the first is 1, the last is -1.
    NthWeekday(u32, Weekday, i32),
    Any,
    /// Any but what follows: it is asked which ones are wanted.
    AllBut,
    /// Not what stands beside it. It may be a part of something else: `not before`.
    Not,
}

/// What a phrase makes of one `{day}` or of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanRule {
    FromTo,
    Either,
    From,
    After,
    Until,
    Before,
    WeekOf,
    /// `{n}` times so many days after it.
    Plus(i64),
}

/// What a phrase counts from the appointment that is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// `{n}` times so many days after its day.
    Days(i64),
    /// `{n}` times so many months after its day.
    Months(i64),
    /// So many weeks after its own.
    Week(i64),
    /// The weekday that it has.
    Weekday,
    /// At its time.
    SameTime,
    /// So many days after it, at its time.
    SameTimeAfter(i64),
    /// `{length}` after or, if it is -1, before its start.
    Length(i64),
    Later,
    Earlier,
}

/// How long a phrase says that something lasts: `{n}` times the unit, and `{m}` and so many minutes more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    pub unit: u32,
    pub more: u32,
}

impl Length {
    pub const MINUTES: Self = Self::new(1, 0);
    pub const QUARTERS: Self = Self::new(15, 0);
    pub const HOURS: Self = Self::new(60, 0);

    pub const fn new(unit: u32, more: u32) -> Self {
        Self { unit, more }
    }

    pub const fn fixed(minutes: u32) -> Self {
        Self::new(0, minutes)
    }
}

/// Whose clock shows the time that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockOf {
    /// The business's own.
    Here,
    /// A zone of the IANA database.
    Zone(&'static str),
    /// `{n}` hours east of UTC, or west of it if it is -1.
    Utc(i64),
    /// Not said clearly.
    Unclear,
}

/// Which half of the day an hour on a clock face is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Before noon; twelve is midnight.
    Early,
    /// Before noon; twelve is noon.
    EarlyToNoon,
    /// After noon; twelve is noon.
    Late,
    /// Late or early: twelve to five are after midnight.
    Night,
    /// By daylight: seven to eleven are before noon.
    Day,
}

impl Half {
    /// From an hour on a clock face, 1 to 12, to one of the day.
    pub fn hour(self, hour: u16) -> u16 {
        match self {
            Self::Early => hour % 12,
            Self::EarlyToNoon => hour,
            Self::Late => hour % 12 + 12,
            Self::Day if (7..12).contains(&hour) => hour,
            Self::Day => hour % 12 + 12,
            Self::Night if (6..12).contains(&hour) => hour + 12,
            Self::Night => hour % 12,
        }
    }
}

/// A part of the day: its hours, and what an hour on a clock face is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub from: u16,
    pub to: u16,
    pub half: Half,
}

impl Part {
    pub const fn new(from: u16, to: u16, half: Half) -> Self {
        Self { from, to, half }
    }
}

/// How a phrase makes a time on a clock of `{h}`, or of an hour of its own, and `{m}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockRule {
    /// The minutes are past the hour.
    Past(Option<u16>),
    /// The minutes are missing from the hour.
    To(Option<u16>),
    /// Half past the hour.
    HalfPast,
}

/// What a phrase makes of one `{clock}` or of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeRule {
    At,
    From,
    Until,
    Between,
    Any,
}

/// What is understood in a language.
#[derive(Debug)]
pub struct Vocabulary {
    /// The numbers from 0 to 59 in words.
    pub cardinals: [&'static str; 60],
    /// Other words for numbers.
    pub numerals: &'static [(&'static str, u32)],
    /// Words that are numbers in a count only: `a`.
    pub counts: &'static [(&'static str, u32)],
    /// From the first day of a month on, as far as they are said.
    pub ordinals: Phrases,
    /// What stands after digits that are an ordinal: `th`.
    pub ordinal_endings: Phrases,
    /// What stands before the number of a day: `the`.
    pub before_date: Phrases,
    /// The last one of several.
    pub last: Phrases,
    /// What stands before the last two digits of a year of this century: `twenty`.
    pub centuries: Phrases,
    /// From Monday on.
    pub weekdays: [Phrases; 7],
    /// From January on.
    pub months: [Phrases; 12],
    pub days: &'static [(Phrases, DayRule)],
    pub spans: &'static [(Phrases, SpanRule)],
    /// What is said of an appointment that is moved.
    pub moved: &'static [(Phrases, Moved)],
    pub lengths: &'static [(Phrases, Length)],
    pub parts: &'static [(Phrases, Part)],
    /// Minutes that have a word of their own: `quarter`.
    pub minutes: &'static [(&'static str, u32)],
    pub clock: &'static [(Phrases, ClockRule)],
    /// What stands after a clock time and says its half of the day. None: that of `{part}`.
    pub halves: &'static [(Phrases, Option<Half>)],
    pub times: &'static [(Phrases, TimeRule)],
    /// Whose clock is meant, besides what [`Phrasebook::clock_of`](super::Phrasebook::clock_of) says.
    pub zones: &'static [(Phrases, ClockOf)],
    /// What stands at the end of a word that is said to be about right: `noonish`.
    pub approximate_endings: Phrases,
    /// Fillers before all but a day: what is said before a day is not wanted: "next week but monday".
    pub contrasts: Phrases,
    /// Words that say nothing of days and times.
    pub fillers: Phrases,
    /// For models: how to say a day, the parts of a day and a time.
    pub day_examples: &'static str,
    pub part_examples: [&'static str; 3],
    pub time_examples: &'static str,
}
