//! Days, times and lists in words, for somebody who calls a business.
//!
//! Times are on the business's clock. A caller who is known to be elsewhere is told whose clock it is. When
//! clocks go back, the words say which pass of the repeated hour is meant.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::languages::{Conjunction, Language, Said};
use crate::scheduling::business::BusinessProfile;
use crate::values::hours::DayHours;
use crate::values::phone::PhoneNumber;
use crate::values::time::{Instants, TimeOfDay, Zone};

/// How a caller is spoken to.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    pub language: Language,
    pub zone: Zone,
    /// The caller is known to be in another zone.
    is_elsewhere: bool,
    today: Option<NaiveDate>,
}

/// The year of a date that is farther from today is said.
const WITHOUT_YEAR_DAYS: u64 = 300;

impl Speech {
    /// In the language and on the clock of a business. A caller with another country's calling code is
    /// elsewhere.
    pub fn of(profile: &BusinessProfile, caller: Option<&PhoneNumber>) -> Self {
        let is_elsewhere =
            caller.zip(profile.country).is_some_and(|(number, country)| !number.may_be_of(country));
        Self { language: profile.language, zone: profile.zone, is_elsewhere, today: None }
    }

    /// At an instant: the year of a date that is far from it is said.
    pub fn at(self, now: DateTime<Utc>) -> Self {
        Self { today: Some(self.zone.date(now)), ..self }
    }

    /// `Tuesday, November 24th`, and its year if that is not plain.
    pub fn date(&self, date: NaiveDate) -> String {
        let is_far = |today: NaiveDate| (date - today).num_days().unsigned_abs() > WITHOUT_YEAR_DAYS;
        if self.today.is_some_and(is_far) {
            self.language.date_of_year(date)
        } else {
            self.language.date(date)
        }
    }

    /// On the clock that an appointment was agreed on by. It is said whose clock that is, if the business's own
    /// shows another time by now.
    pub fn agreed(self, zone: Zone, start: DateTime<Utc>) -> Self {
        if self.zone.wall(start) == zone.wall(start) {
            self
        } else {
            Self { zone, is_elsewhere: true, ..self }
        }
    }

    /// `Tuesday, November 24th at 3 in the afternoon`
    pub fn moment(&self, instant: DateTime<Utc>) -> String {
        self.moments(&[instant], Conjunction::And)
    }

    /// `Tuesday, November 24th at 3 in the afternoon, at 4 in the afternoon or Wednesday, November 25th at
    /// noon`: the day is said once.
    pub fn moments(&self, instants: &[DateTime<Utc>], conjunction: Conjunction) -> String {
        let mut said: Vec<String> = Vec::with_capacity(instants.len());
        let mut day = None;
        for instant in instants {
            let wall = self.zone.wall(*instant);
            let at = self.time(*instant);
            said.push(if day == Some(wall.date()) { at } else { format!("{} {at}", self.date(wall.date())) });
            day = Some(wall.date());
        }
        let said = self.language.list(&said, conjunction);
        if self.is_elsewhere { format!("{said}, {}", self.language.clock_of(self.zone)) } else { said }
    }

    /// `at 1:30 at night before the clocks go back`
    fn time(&self, instant: DateTime<Utc>) -> String {
        let wall = self.zone.wall(instant);
        let at = self.language.at(wall.time());
        let pass = match self.zone.instants(wall) {
            Instants::Two(first, _) if first == instant => Said::BeforeClocksGoBack,
            Instants::Two(..) => Said::AfterClocksGoBack,
            Instants::One(_) | Instants::None(_) => return at,
        };
        format!("{at} {}", self.language.say(&pass))
    }
}

/// `9 in the morning to noon and 2 in the afternoon to 6 in the evening`, `open all day`, or `closed`
pub fn hours(hours: &DayHours, language: Language) -> String {
    if hours.is_all_day() {
        return language.say(&Said::OpenAllDay);
    }
    let clock = |time_of_day: TimeOfDay| time_of_day.on(NaiveDate::default()).time();
    let window = |(opens, closes): (NaiveTime, NaiveTime)| language.say(&Said::Window { opens, closes });
    let windows: Vec<_> =
        hours.windows().iter().map(|hours| window((clock(hours.opens), clock(hours.closes)))).collect();
    if windows.is_empty() { language.say(&Said::Closed) } else { language.list(&windows, Conjunction::And) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::hours::Window;
    use crate::values::text::Name;

    fn speech(language: &str, zone: &str, caller: Option<&str>) -> Speech {
        let profile = BusinessProfile {
            country: Some("CO".parse().expect("a country")),
            language: language.parse().expect("a language"),
            ..BusinessProfile::new(Name::parse("Garage").expect("a name"), zone.parse().expect("a zone"))
        };
        Speech::of(
            &profile,
            caller.map(|number| PhoneNumber::parse(number, None).expect("a number")).as_ref(),
        )
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn moments_are_said_as_people_say_them() {
        let (en, es) = (speech("en", "America/Bogota", None), speech("es", "America/Bogota", None));
        for (instant, english, spanish) in [
            (
                "2026-11-24T20:05:00Z",
                "Tuesday, November 24th at 3:05 in the afternoon",
                "el martes 24 de noviembre a las tres y cinco de la tarde",
            ),
            (
                "2026-12-01T17:00:00Z",
                "Tuesday, December 1st at noon",
                "el martes primero de diciembre al mediodía",
            ),
            (
                "2026-12-03T20:30:00Z",
                "Thursday, December 3rd at 3:30 in the afternoon",
                "el jueves 3 de diciembre a las tres y media de la tarde",
            ),
            (
                "2026-12-02T06:15:00Z",
                "Wednesday, December 2nd at 1:15 in the morning",
                "el miércoles 2 de diciembre a la una y cuarto de la madrugada",
            ),
        ] {
            assert_eq!(en.moment(utc(instant)), english);
            assert_eq!(es.moment(utc(instant)), spanish);
        }
    }

    #[test]
    fn the_year_of_a_date_that_is_far_is_said() {
        let now = utc("2026-11-24T15:00:00Z");
        for (language, near, far) in [
            ("en", "Monday, September 20th at noon", "Tuesday, September 21st, 2027 at noon"),
            ("es", "el lunes 20 de septiembre al mediodía", "el martes 21 de septiembre de 2027 al mediodía"),
            (
                "pt",
                "segunda-feira, 20 de setembro ao meio-dia",
                "terça-feira, 21 de setembro de 2027 ao meio-dia",
            ),
            ("fr", "lundi 20 septembre à midi", "mardi 21 septembre 2027 à midi"),
        ] {
            let speech = speech(language, "America/Bogota", None).at(now);
            let said = |instant: &str| speech.moment(utc(instant)).trim_start_matches("le ").to_owned();
            assert_eq!(said("2027-09-20T17:00:00Z"), near);
            assert_eq!(said("2027-09-21T17:00:00Z"), far);
        }
    }

    #[test]
    fn a_day_is_said_once_for_several_times() {
        let times = ["2026-11-24T15:00:00Z", "2026-11-24T16:00:00Z", "2026-11-25T17:00:00Z"].map(utc);
        assert_eq!(
            speech("en", "America/Bogota", None).moments(&times, Conjunction::Or),
            "Tuesday, November 24th at 10 in the morning, at 11 in the morning or Wednesday, November 25th at noon"
        );
        assert_eq!(
            speech("es", "America/Bogota", None).moments(&times, Conjunction::Or),
            "el martes 24 de noviembre a las diez de la mañana, a las once de la mañana o el miércoles 25 de noviembre al mediodía"
        );
    }

    #[test]
    fn the_zone_is_said_to_those_who_are_elsewhere() {
        let noon = utc("2026-11-24T17:00:00Z");
        for (caller, expected) in [
            (None, "Tuesday, November 24th at noon"),
            (Some("+573001234567"), "Tuesday, November 24th at noon"),
            (Some("+12125550123"), "Tuesday, November 24th at noon, Bogota time"),
        ] {
            assert_eq!(speech("en", "America/Bogota", caller).moment(noon), expected);
        }
        assert_eq!(
            speech("es", "America/Bogota", Some("+34911234567")).moment(noon),
            "el martes 24 de noviembre al mediodía, hora de Bogotá"
        );
    }

    #[test]
    fn the_zone_that_was_agreed_on_is_said_once_the_clocks_of_the_business_show_another_time() {
        let (noon, madrid) = (utc("2026-11-24T17:00:00Z"), "Europe/Madrid".parse().expect("a zone"));
        let speech = speech("en", "America/Bogota", None);
        for (agreed, expected) in [
            (speech.zone, "Tuesday, November 24th at noon"),
            ("America/Lima".parse().expect("a zone"), "Tuesday, November 24th at noon"),
            (madrid, "Tuesday, November 24th at 6 in the evening, Madrid time"),
        ] {
            assert_eq!(speech.agreed(agreed, noon).moment(noon), expected);
        }
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let (first, second) = (utc("2026-11-01T05:30:00Z"), utc("2026-11-01T06:30:00Z"));
        let (en, es) = (speech("en", "America/New_York", None), speech("es", "America/New_York", None));
        assert_eq!(en.moment(first), "Sunday, November 1st at 1:30 in the morning before the clocks go back");
        assert_eq!(en.moment(second), "Sunday, November 1st at 1:30 in the morning after the clocks go back");
        assert_eq!(
            es.moment(first),
            "el domingo primero de noviembre a la una y media de la madrugada antes del cambio de hora"
        );
        assert_eq!(
            es.moment(second),
            "el domingo primero de noviembre a la una y media de la madrugada después del cambio de hora"
        );
        // An hour that comes once is not, even on that day.
        assert_eq!(en.moment(utc("2026-11-01T07:30:00Z")), "Sunday, November 1st at 2:30 in the morning");
    }

    #[test]
    fn hours_read_well() {
        let window = |opens: &str, closes: &str| Window {
            opens: opens.parse().expect("a time"),
            closes: closes.parse().expect("a time"),
        };
        let day =
            DayHours::try_from(vec![window("09:00", "12:00"), window("14:00", "24:00")]).expect("hours");
        let (en, es) = ("en".parse().expect("a language"), "es".parse().expect("a language"));
        assert_eq!(hours(&day, en), "9 in the morning to noon and 2 in the afternoon to midnight");
        assert_eq!(
            hours(&day, es),
            "de las nueve de la mañana al mediodía y de las dos de la tarde a medianoche"
        );
        let whole = DayHours::try_from(vec![window("12:00", "24:00"), window("00:00", "12:00")]);
        let whole = whole.expect("hours");
        assert_eq!(
            (hours(&whole, en), hours(&whole, es)),
            ("open all day".into(), "abierto todo el día".into())
        );
        assert_eq!(
            (hours(&DayHours::closed(), en), hours(&DayHours::closed(), es)),
            ("closed".into(), "cerrado".into())
        );
    }
}
