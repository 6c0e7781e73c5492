//! Public holidays by country, from the calendars that the `opening-hours` crate carries, corrected.

mod corrections;

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, TimeDelta};
use opening_hours::localization::Country;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::corrections::{Corrected, easter};

/// The public holidays that all of a country keeps, on the day itself and on the day that is observed for it.
/// A business adds regional holidays as closures, and those that depend on the moon where its calendar has
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolidayCalendar(Country);

/// A holiday by its name. The calendars have dates only. Named are those that are the same holiday wherever
/// they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Holiday {
    NewYear,
    GoodFriday,
    EasterSunday,
    EasterMonday,
    Christmas,
    Other,
}

impl Holiday {
    fn in_year(self, year: i32) -> Option<NaiveDate> {
        let easter = |days| easter(year)?.checked_add_signed(TimeDelta::days(days));
        match self {
            Self::NewYear => NaiveDate::from_ymd_opt(year, 1, 1),
            Self::GoodFriday => easter(-2),
            Self::EasterSunday => easter(0),
            Self::EasterMonday => easter(1),
            Self::Christmas => NaiveDate::from_ymd_opt(year, 12, 25),
            Self::Other => None,
        }
    }

    fn known_on(date: NaiveDate) -> Option<Self> {
        <Self as strum::IntoEnumIterator>::iter().find(|holiday| holiday.in_year(date.year()) == Some(date))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no public holidays are known for {0:?}; it should be an ISO 3166-1 code such as \"CO\" or \"DE\"")]
pub struct UnknownHolidays(String);

impl HolidayCalendar {
    pub fn contains(self, date: NaiveDate) -> bool {
        let holidays = self.0.holidays();
        let is_listed = |date| holidays.get_public().contains(date);
        Corrected { country: self.0, is_listed }.contains(date)
    }

    /// Which one a holiday is.
    pub fn holiday_on(self, date: NaiveDate) -> Holiday {
        let is_kept_around = |holiday: &Holiday| {
            let mut years = [date.year() - 1, date.year() + 1].into_iter();
            years.all(|year| holiday.in_year(year).is_some_and(|date| self.contains(date)))
        };
        Holiday::known_on(date).filter(is_kept_around).unwrap_or(Holiday::Other)
    }

    /// Those of a year that all of the country keeps.
    pub fn of_year(self, year: i32) -> Vec<NaiveDate> {
        days_of(year).filter(|date| self.contains(*date)).collect()
    }

    /// Those of a year that only some of its regions keep.
    pub fn regional_of_year(self, year: i32) -> Vec<NaiveDate> {
        let holidays = self.0.holidays_regional();
        let is_regional = |date: &NaiveDate| holidays.get_public().contains(*date) && !self.contains(*date);
        days_of(year).filter(is_regional).collect()
    }
}

fn days_of(year: i32) -> impl Iterator<Item = NaiveDate> {
    let days = NaiveDate::from_ymd_opt(year, 1, 1).into_iter().flat_map(|first| first.iter_days().take(366));
    days.filter(move |date| date.year() == year)
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
        // Chiquinquirá, since 2026.
        assert!(colombia.contains(date("2026-07-13")) && !colombia.contains(date("2026-07-09")));
        assert_eq!(colombia.of_year(2026).len(), 19);
        let germany: HolidayCalendar = "DE".parse().expect("known");
        // Bavaria keeps Epiphany; Germany does not.
        assert!(
            !germany.contains(date("2026-01-06"))
                && germany.regional_of_year(2026).contains(&date("2026-01-06"))
        );
    }

    #[test]
    fn holidays_are_named_where_their_name_is_sure() {
        for (code, day, holiday) in [
            ("CO", "2026-12-25", Holiday::Christmas),
            ("CO", "2027-01-01", Holiday::NewYear),
            ("CO", "2026-04-03", Holiday::GoodFriday),
            ("DE", "2026-04-06", Holiday::EasterMonday),
            ("CO", "2026-07-20", Holiday::Other),
            // The day that is observed for Christmas Day.
            ("US", "2027-12-24", Holiday::Other),
            // Qingming falls on Easter Sunday in this year.
            ("CN", "2026-04-05", Holiday::Other),
        ] {
            let calendar: HolidayCalendar = code.parse().expect("known");
            assert_eq!(calendar.holiday_on(date(day)), holiday, "{code} {day}");
        }
    }

    #[test]
    fn a_holiday_is_kept_on_the_day_itself_and_on_the_day_that_is_observed() {
        for (code, kept, open) in [
            // Christmas Day is a Saturday, and New Year's Day is next year's.
            (
                "US",
                &["2027-12-24", "2027-12-25", "2027-12-31", "2028-01-01", "2026-07-03", "2026-07-04"][..],
                "2027-12-27",
            ),
            (
                "GB",
                &["2027-01-01", "2027-12-25", "2027-12-26", "2027-12-27", "2027-12-28", "2028-01-03"],
                "2027-12-29",
            ),
            ("CA", &["2027-12-25", "2027-12-27", "2028-01-01", "2028-01-03"], "2028-01-04"),
            ("AU", &["2026-04-25", "2027-01-26", "2026-12-26", "2026-12-28"], "2026-12-29"),
            ("BB", &["2033-12-25", "2033-12-26", "2033-12-27"], "2033-12-28"),
            // Moved to a Monday and to a Friday.
            ("DO", &["2026-01-06", "2026-01-05"], "2026-01-07"),
            ("EC", &["2025-05-02", "2027-04-30"], "2025-04-30"),
            ("NL", &["2025-04-26", "2026-04-27"], "2025-04-27"),
            ("SV", &["2026-01-01", "2026-04-02", "2026-04-03", "2026-04-04"], "2026-11-07"),
        ] {
            let calendar: HolidayCalendar = code.parse().expect("known");
            for text in kept {
                assert!(calendar.contains(date(text)), "{code} {text}");
            }
            assert!(!calendar.contains(date(open)), "{code} {open}");
        }
    }

    /// How many there are in the ten years that were compared with another source: decision 0029.
    const COMPARED: &str = "AD 140, AL 156, AM 140, AR 159, AT 150, AU 81, AX 159, BA 40, BB 131, BD 69, BE 110, BG 159, \
        BJ 140, BO 134, BR 119, BS 120, BW 129, BY 100, BZ 149, CA 85, CD 110, CG 109, CH 40, CL 157, \
        CN 88, CO 188, CR 109, CU 103, CY 160, CZ 130, DE 90, DK 100, DO 152, EC 140, EE 120, EG 70, \
        ES 100, FI 150, FO 168, FR 110, GA 119, GB 68, GD 125, GE 169, GG 98, GH 118, GI 136, GL 120, \
        GM 109, GR 140, GT 130, GY 123, HK 174, HN 108, HR 139, HT 200, HU 130, ID 80, IE 100, IM 111, \
        IS 160, IT 128, JE 98, JM 107, JP 176, KE 112, KR 184, KZ 175, LI 160, LS 109, LT 140, LU 109, \
        LV 156, MA 100, MC 128, MD 158, ME 91, MG 98, MK 131, MN 100, MS 121, MT 140, MX 72, MZ 100, \
        NA 139, NE 76, NG 113, NI 149, NL 90, NO 118, NZ 127, PA 152, PE 170, PG 116, PH 183, PL 139, \
        PR 221, PT 130, PY 120, RO 168, RS 118, RU 130, SC 142, SE 160, SG 86, SI 150, SJ 118, SK 130, \
        SM 180, SR 190, SV 110, TN 80, TR 70, UA 110, UG 120, US 113, UY 149, VA 150, VE 139, VN 49, \
        ZA 134, ZW 139";

    #[test]
    fn every_country_has_the_holidays_that_were_compared() {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
        let calendars = codes.filter_map(|code| code.parse::<HolidayCalendar>().ok());
        let found = calendars.map(|calendar| {
            let days: usize = (2024..2034).map(|year| calendar.of_year(year).len()).sum();
            format!("{calendar} {days}")
        });
        assert_eq!(found.collect::<Vec<_>>().join(", "), COMPARED);
    }

    #[test]
    fn the_last_date_there_is_is_no_holiday() {
        for code in ["GB", "US", "EC", "BB", "SV"] {
            let calendar: HolidayCalendar = code.parse().expect("known");
            assert!(!calendar.contains(NaiveDate::MAX));
            assert!(calendar.of_year(i32::MAX).is_empty());
            for date in [NaiveDate::MIN, NaiveDate::MAX] {
                assert_eq!(calendar.holiday_on(date), Holiday::Other);
            }
        }
    }

    #[test]
    fn a_country_without_a_calendar_is_refused() {
        for text in ["", "XX", "co", "Colombia"] {
            assert_eq!(text.parse::<HolidayCalendar>(), Err(UnknownHolidays(text.into())), "{text}");
        }
    }
}
