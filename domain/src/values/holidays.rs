//! Public holidays by country, from the calendars that the `opening-hours` crate carries.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use opening_hours::localization::Country;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The public holidays that all of a country keeps. A business adds regional holidays as closures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolidayCalendar(Country);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no public holidays are known for {0:?}; it should be an ISO 3166-1 code such as \"CO\" or \"DE\"")]
pub struct UnknownHolidays(String);

impl HolidayCalendar {
    pub fn contains(self, date: NaiveDate) -> bool {
        self.0.holidays().get_public().contains(date)
    }

    /// Those of a year that all of the country keeps.
    pub fn of_year(self, year: i32) -> Vec<NaiveDate> {
        of_year(self.0.holidays(), year)
    }

    /// Those of a year that only some of its regions keep.
    pub fn regional_of_year(self, year: i32) -> Vec<NaiveDate> {
        of_year(self.0.holidays_regional(), year)
    }
}

fn of_year(holidays: opening_hours::ContextHolidays, year: i32) -> Vec<NaiveDate> {
    let days = NaiveDate::from_ymd_opt(year, 1, 1).into_iter().flat_map(|first| first.iter_days().take(366));
    days.filter(|date| date.year() == year && holidays.get_public().contains(*date)).collect()
}

impl FromStr for HolidayCalendar {
    type Err = UnknownHolidays;

    fn from_str(text: &str) -> Result<Self, UnknownHolidays> {
        let country = text.parse::<Country>().ok().map(Self);
        // A country without a known calendar would look like one without holidays.
        let known = country.filter(|calendar| calendar.0.holidays().get_public().count() > 0);
        known.ok_or_else(|| UnknownHolidays(text.chars().take(8).collect()))
    }
}

impl fmt::Display for HolidayCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iso_code())
    }
}

impl TryFrom<String> for HolidayCalendar {
    type Error = UnknownHolidays;

    fn try_from(text: String) -> Result<Self, UnknownHolidays> {
        text.parse()
    }
}

impl From<HolidayCalendar> for String {
    fn from(calendar: HolidayCalendar) -> Self {
        calendar.to_string()
    }
}

impl JsonSchema for HolidayCalendar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HolidayCalendar".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A country by its ISO 3166-1 code, for example CO." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_holidays_of_a_country_are_known() {
        let colombia: HolidayCalendar = "CO".parse().expect("known");
        // Independence, and Epiphany on the Monday after it.
        assert!(colombia.contains(date("2026-07-20")) && colombia.contains(date("2026-01-12")));
        assert!(!colombia.contains(date("2026-01-06")) && !colombia.contains(date("2026-07-21")));
        assert_eq!(colombia.of_year(2026).len(), 18);
        let germany: HolidayCalendar = "DE".parse().expect("known");
        // Bavaria keeps Epiphany; Germany does not.
        assert!(
            !germany.contains(date("2026-01-06"))
                && germany.regional_of_year(2026).contains(&date("2026-01-06"))
        );
    }

    #[test]
    fn a_country_without_a_calendar_is_refused() {
        for text in ["", "XX", "co", "Colombia"] {
            assert_eq!(text.parse::<HolidayCalendar>(), Err(UnknownHolidays(text.into())), "{text}");
        }
    }
}
