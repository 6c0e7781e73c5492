//! Where and when something is said: what it is to be understood by.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::languages::Language;
use crate::values::hours::Schedule;
use crate::values::phone::Country;
use crate::values::time::Zone;

/// Countries that write the month before the day.
const MONTH_FIRST: &[&str] = &["US", "PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW", "JP", "KR", "CN", "TW"];
/// Countries that write both.
const BOTH_ORDERS: &[&str] = &["CA", "PH", "PA", "ZA", "KE", "GH"];

#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub now: DateTime<Utc>,
    pub zone: Zone,
    pub language: Language,
    pub country: Option<Country>,
    pub schedule: &'a Schedule,
    /// The start of the appointment that is to be moved.
    pub moving: Option<DateTime<Utc>>,
    /// A program has written it: `10:00` and `03:30` are on a clock of 24 hours. `3:30` may be in either half.
    pub is_typed: bool,
}

/// What stands first in a date in digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    Either,
}

impl Setting<'_> {
    pub fn wall(&self) -> NaiveDateTime {
        self.zone.wall(self.now)
    }

    pub fn today(&self) -> NaiveDate {
        self.zone.date(self.now)
    }

    pub fn date_order(&self) -> DateOrder {
        let country = self.country.map(String::from);
        match country.as_deref() {
            Some(country) if MONTH_FIRST.contains(&country) => DateOrder::MonthFirst,
            Some(country) if !BOTH_ORDERS.contains(&country) => DateOrder::DayFirst,
            _ => DateOrder::Either,
        }
    }
}
