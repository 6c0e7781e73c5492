//! Why a day or a time is not known from what was said.

use chrono::NaiveDate;

use crate::languages::Mistake;
use crate::values::time::TimeOfDay;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWhen {
    /// The words that say no day, as are those of the next two.
    #[error(
        "{0:?} is not a day; say today, tomorrow, a weekday such as \"tuesday\" or \"next tuesday\", some days such as \"next week\", or a date such as 2026-11-24"
    )]
    Day(String),
    #[error("{0:?} is not a part of the day; say morning, afternoon or evening")]
    Part(String),
    #[error("{0:?} is not a time; say it like 15:00, 3:30 pm, after 5 pm or between 2 and 4 pm")]
    Time(String),
    #[error("{one:?} and {other:?} do not go together; ask which is meant")]
    Contradiction { one: String, other: String },
    #[error("{said:?}: {date} is a {}; ask which is meant", date.format("%A"))]
    OtherWeekday { said: String, date: NaiveDate },
    #[error("{said:?} can be {one} or {other}; ask which is meant")]
    WhichDate { said: String, one: NaiveDate, other: NaiveDate },
    #[error("{said:?} can be {early} or {late}; ask which is meant")]
    WhichTime { said: String, early: TimeOfDay, late: TimeOfDay },
    #[error("{0:?} counts from an appointment; say which one is moved, or ask for a day and a time")]
    NoAppointment(String),
    #[error("{0:?} is not the business's clock; ask which time that is on it")]
    OtherClock(String),
    #[error("{0:?} says what is not wanted; ask which day or time is wanted")]
    Choice(String),
}

impl BadWhen {
    /// The words that are not understood.
    pub fn said(&self) -> &str {
        match self {
            Self::Day(said)
            | Self::Part(said)
            | Self::Time(said)
            | Self::NoAppointment(said)
            | Self::OtherClock(said)
            | Self::Choice(said) => said,
            Self::Contradiction { one, .. } => one,
            Self::OtherWeekday { said, .. } | Self::WhichDate { said, .. } | Self::WhichTime { said, .. } => {
                said
            }
        }
    }
}

impl From<BadWhen> for Mistake {
    fn from(error: BadWhen) -> Self {
        let clock = |time: TimeOfDay| time.on(NaiveDate::default()).time();
        match error {
            BadWhen::Day(text) => Self::Day(text),
            BadWhen::Part(text) => Self::PartOfDay(text),
            BadWhen::Time(text) => Self::Time(text),
            BadWhen::Contradiction { one, other } => Self::Contradiction { one, other },
            BadWhen::OtherWeekday { said, date } => Self::OtherWeekday { said, date },
            BadWhen::WhichDate { said, one, other } => Self::WhichDate { said, one, other },
            BadWhen::WhichTime { said, early, late } => {
                Self::WhichTime { said, early: clock(early), late: clock(late) }
            }
            BadWhen::NoAppointment(said) => Self::NoAppointment(said),
            BadWhen::OtherClock(said) => Self::OtherClock(said),
            BadWhen::Choice(said) => Self::NotWanted(said),
        }
    }
}
