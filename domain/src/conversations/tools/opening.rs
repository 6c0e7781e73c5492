//! When a business is open, in words.
//!
//! A few days are told one by one. For a longer span, or for none, the week is told, and what differs from
//! it: a closure that has begun, seasons, and single days with hours of their own.

use chrono::{NaiveDate, TimeDelta, Weekday};
use serde_json::{Value, json};

use crate::conversations::tools::speech::{self, Speech};
use crate::languages::when::Dates;
use crate::languages::{Conjunction, Language, Said, sentence};
use crate::values::hours::{Closing, Closure, Schedule, WeeklyHours};
use crate::values::time::in_reach;

/// So many days are told one by one at most.
const SINGLE_DAYS_MAX: i64 = 7;
/// How far ahead is told what differs from the week, if no last day is named.
const COMING_DAYS: i64 = 28;
/// How many of the days that are named are told.
const SPAN_DAYS_MAX: i64 = 366;
/// The most days that differ in one answer: nobody remembers more.
const EXCEPTIONS_MAX: usize = 6;

/// The hours on the days that a caller has named, or those of today and of the coming weeks.
pub fn opening_hours(schedule: &Schedule, today: NaiveDate, named: Option<Dates>, speech: &Speech) -> Value {
    let named = named.unwrap_or(Dates::from(today));
    let (first, last) = (in_reach(named.first), named.last.map(in_reach));
    let ahead = |days| first + TimeDelta::days(days);
    let is_short = last.is_some_and(|last| last < ahead(SINGLE_DAYS_MAX));
    let last = last.map_or(ahead(COMING_DAYS), |last| last.min(ahead(SPAN_DAYS_MAX)));
    let telling = Telling { schedule, language: speech.language, today };
    let is_closed = telling.closures_from(first).any(|closure| closure.dates.last >= last);
    // Of days on which it never opens, the hours of the week say nothing.
    let never_opens =
        named.last.is_some() && days(first, last).all(|date| schedule.hours_on(date).windows().is_empty());
    let message = match (is_short || never_opens) && !is_closed {
        true => telling.single_days(first, last),
        false => telling.weeks(first, last),
    };
    json!({ "status": "ok", "message": message, "zone": speech.zone.name() })
}

struct Telling<'a> {
    schedule: &'a Schedule,
    language: Language,
    today: NaiveDate,
}

impl<'a> Telling<'a> {
    fn single_days(&self, first: NaiveDate, last: NaiveDate) -> String {
        sentence(&self.dates(runs(days(first, last).map(|date| (date, self.day(date))))))
    }

    fn weeks(&self, first: NaiveDate, last: NaiveDate) -> String {
        let closures: Vec<&Closure> = self.closures_from(first).collect();
        let closed_until = closures.last().map(|closure| closure.dates.last);
        let open_from = closed_until.map_or(first, |until| self.first_open(next(until)));
        let weeks = self.weeks_from(open_from, last.max(open_from)).into_iter().map(|(from, until, week)| {
            let span = self.span((from > first).then_some(from), until);
            span.into_iter().chain([self.week(week)]).collect::<Vec<_>>().join(", ")
        });
        let closed = closed_until.map(|until| self.closed(until, &closures));
        let exceptions = self.exceptions(first, last, closed_until);
        let exceptions = (!exceptions.is_empty())
            .then(|| self.language.say(&Said::ExceptionalHours { dates: &self.dates(exceptions) }));
        let sentences = closed.into_iter().chain(weeks).map(|text| sentence(&text)).chain(exceptions);
        sentences.collect::<Vec<_>>().join(" ")
    }

    /// The first day from one on that it is open: after a closure may come a holiday, or a weekend.
    fn first_open(&self, from: NaiveDate) -> NaiveDate {
        let mut coming = days(from, in_reach(from + TimeDelta::days(COMING_DAYS)));
        coming.find(|date| !self.schedule.hours_on(*date).windows().is_empty()).unwrap_or(from)
    }

    /// The closures without a day between them that a day begins or is in.
    fn closures_from(&self, date: NaiveDate) -> impl Iterator<Item = &'a Closure> {
        let schedule = self.schedule;
        let closure_on = move |date| match schedule.closing_on(date) {
            Some(Closing::Closure(closure)) => Some(closure),
            Some(Closing::Holiday(_)) | None => None,
        };
        std::iter::successors(closure_on(date), move |closure| closure_on(next(closure.dates.last)))
    }

    /// The weeks that hold from a day on, and until when, if that is known.
    fn weeks_from(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Vec<(NaiveDate, Option<NaiveDate>, &'a WeeklyHours)> {
        let hours = &self.schedule.hours;
        let (mut weeks, mut from) = (Vec::new(), first);
        while from <= last {
            let season = hours.season_on(from);
            let begins = hours.seasons.iter().map(|season| season.dates.first);
            let next_season = begins.filter(|begins| (next(from)..=last).contains(begins)).min();
            let until = match season {
                Some(season) => Some(season.dates.last),
                None => next_season.and_then(|begins| begins.pred_opt()),
            };
            weeks.push((from, until, season.map_or(&hours.weekly, |season| &season.weekly)));
            let Some(until) = until else { break };
            from = next(until);
        }
        weeks
    }

    /// Days on which it is open at other times than usual, but for those of a closure that was told.
    fn exceptions(
        &self,
        first: NaiveDate,
        last: NaiveDate,
        closed_until: Option<NaiveDate>,
    ) -> Vec<(NaiveDate, NaiveDate, String)> {
        let last = self.closures_from(last).last().map_or(last, |closure| closure.dates.last);
        let exception = |date: NaiveDate| {
            let differs = match self.schedule.closing_on(date) {
                Some(Closing::Closure(_)) => closed_until.is_none_or(|closed_until| closed_until < date),
                Some(Closing::Holiday(_)) | None => {
                    self.schedule.hours_on(date) != self.schedule.hours.usual_on(date)
                }
            };
            (date, differs.then(|| self.day(date)))
        };
        let runs = runs(days(first, last).map(exception)).into_iter();
        runs.filter_map(|(first, last, day)| Some((first, last, day?))).take(EXCEPTIONS_MAX).collect()
    }

    /// `Monday to Friday: 9 in the morning to 5 in the evening; Saturday to Sunday: closed`
    fn week(&self, week: &WeeklyHours) -> String {
        let weekdays = (0..7).filter_map(|day| Weekday::try_from(day).ok());
        let told = runs(weekdays.map(|day| (day, week.on(day)))).into_iter().map(|(first, last, hours)| {
            let days = match first == last {
                true => self.language.weekday(first).to_owned(),
                false => self.language.say(&Said::Weekdays { first, last }),
            };
            (days, speech::hours(hours, self.language))
        });
        self.hours_of(told)
    }

    fn dates(&self, runs: Vec<(NaiveDate, NaiveDate, String)>) -> String {
        let told = runs.into_iter().map(|(first, last, hours)| match first == last {
            true => (self.language.date(first), hours),
            false => (self.language.say(&Said::FromUntil { first, last }), hours),
        });
        self.hours_of(told)
    }

    fn hours_of(&self, told: impl Iterator<Item = (String, String)>) -> String {
        let told = told.map(|(days, hours)| self.language.say(&Said::HoursOf { days: &days, hours: &hours }));
        told.collect::<Vec<_>>().join("; ")
    }

    /// The hours of a day, or why it is closed.
    fn day(&self, date: NaiveDate) -> String {
        let closed_for = |reason: &str| self.language.say(&Said::ClosedFor { reason });
        match self.schedule.closing_on(date) {
            Some(Closing::Closure(Closure { name: Some(name), .. })) => closed_for(name.as_str()),
            Some(Closing::Holiday(holidays)) => {
                closed_for(&self.language.say(&Said::Holiday(holidays.holiday_on(date))))
            }
            Some(Closing::Closure(_)) | None => speech::hours(self.schedule.hours_on(date), self.language),
        }
    }

    /// Until when it is closed, or from when to when if that is still to come.
    fn closed(&self, last: NaiveDate, closures: &[&Closure]) -> String {
        let mut names: Vec<String> =
            closures.iter().filter_map(|closure| closure.name.as_ref()).map(ToString::to_string).collect();
        names.dedup();
        let reason = self.language.list(&names, Conjunction::And);
        let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
        match closures.first().map(|closure| closure.dates.first).filter(|first| self.today < *first) {
            Some(first) => {
                let days = self.language.say(&Said::FromUntil { first, last });
                let closed =
                    self.language.say(&reason.map_or(Said::Closed, |reason| Said::ClosedFor { reason }));
                self.hours_of(std::iter::once((days, closed)))
            }
            None => self.language.say(&Said::ClosedUntil { last, reason }),
        }
    }

    fn span(&self, from: Option<NaiveDate>, until: Option<NaiveDate>) -> Option<String> {
        let said = match (from, until) {
            (Some(first), Some(last)) => Said::FromUntil { first, last },
            (Some(first), None) => Said::From { first },
            (None, Some(last)) => Said::Until { last },
            (None, None) => return None,
        };
        Some(self.language.say(&said))
    }
}

/// Days in a row with the same.
fn runs<D: Copy, T: PartialEq>(days: impl Iterator<Item = (D, T)>) -> Vec<(D, D, T)> {
    let mut runs: Vec<(D, D, T)> = Vec::new();
    for (day, same) in days {
        match runs.last_mut() {
            Some((_, last, before)) if *before == same => *last = day,
            _ => runs.push((day, day, same)),
        }
    }
    runs
}

fn days(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    first.iter_days().take_while(move |date| *date <= last)
}

fn next(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduling::business::BusinessProfile;
    use crate::values::hours::{self, DayHours, Hours, Season, Window};
    use crate::values::text::Name;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn dates(first: &str, last: &str) -> hours::Dates {
        hours::Dates { first: date(first), last: date(last) }
    }

    fn day(opens: &str, closes: &str) -> DayHours {
        let time = |text: &str| text.parse().expect("a time");
        DayHours::try_from(vec![Window { opens: time(opens), closes: time(closes) }]).expect("hours")
    }

    fn every_day(opens: &str, closes: &str) -> WeeklyHours {
        let saturday = day(opens, closes);
        WeeklyHours { saturday: saturday.clone(), sunday: saturday, ..working_days(opens, closes) }
    }

    fn working_days(opens: &str, closes: &str) -> WeeklyHours {
        let day = || day(opens, closes);
        WeeklyHours {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            ..WeeklyHours::default()
        }
    }

    fn closure(first: &str, last: &str, name: &str) -> Closure {
        Closure { dates: dates(first, last), name: Name::parse(name).ok() }
    }

    /// On a Thursday, the 26th of November 2026.
    fn told(language: &str, schedule: &Schedule, named: Option<Dates>) -> String {
        let profile = BusinessProfile {
            language: language.parse().expect("a language"),
            ..BusinessProfile::new(
                Name::parse("Garage").expect("a name"),
                "America/Bogota".parse().expect("a zone"),
            )
        };
        let answer = opening_hours(schedule, date("2026-11-26"), named, &Speech::of(&profile, None));
        answer["message"].as_str().expect("a text").to_owned()
    }

    fn named(first: &str, last: &str) -> Option<Dates> {
        Some(Dates { first: date(first), last: Some(date(last)) })
    }

    #[test]
    fn of_days_that_are_all_closed_the_hours_of_the_week_say_nothing() {
        let mut schedule = Schedule { hours: every_day("09:00", "17:00").into(), ..Schedule::default() };
        schedule.overrides.insert(date("2026-12-25"), DayHours::closed());
        let closed = dates("2026-12-26", "2027-01-02");
        schedule.hours.closures = vec![Closure { dates: closed, name: Name::parse("winter holidays").ok() }];
        assert_eq!(
            told("en", &schedule, named("2026-12-25", "2027-01-02")),
            "Friday, December 25th: closed; from Saturday, December 26th to Saturday, January 2nd: closed (winter holidays)."
        );
        let later = told("en", &schedule, named("2026-12-25", "2027-01-03"));
        assert!(later.starts_with("Monday to Sunday: 9"), "{later}");
    }

    #[test]
    fn days_with_the_same_hours_are_said_together() {
        let weekly = WeeklyHours { saturday: day("10:00", "12:00"), ..working_days("09:00", "17:00") };
        let mut schedule = Schedule { hours: weekly.into(), ..Schedule::default() };
        assert_eq!(
            told("es", &schedule, None),
            "De lunes a viernes: de las nueve de la mañana a las cinco de la tarde; sábado: de las diez de la mañana al mediodía; \
             domingo: cerrado."
        );
        schedule.overrides.insert(date("2026-12-03"), DayHours::closed());
        // Closed as on any Sunday.
        schedule.overrides.insert(date("2026-12-06"), DayHours::closed());
        assert_eq!(
            told("en", &schedule, None),
            "Monday to Friday: 9 in the morning to 5 in the evening; Saturday: 10 in the morning to noon; Sunday: closed. \
             Exceptions: Thursday, December 3rd: closed."
        );
        assert_eq!(
            told("en", &schedule, named("2026-11-30", "2026-12-06")),
            "From Monday, November 30th to Wednesday, December 2nd: 9 in the morning to 5 in the evening; \
             Thursday, December 3rd: closed; Friday, December 4th: 9 in the morning to 5 in the evening; \
             Saturday, December 5th: 10 in the morning to noon; Sunday, December 6th: closed."
        );
        assert_eq!(
            told("es", &schedule, named("2026-11-28", "2026-11-28")),
            "El sábado 28 de noviembre: de las diez de la mañana al mediodía."
        );
    }

    #[test]
    fn a_closure_that_has_begun_is_told_with_its_name_and_what_comes_after_it() {
        let hours = Hours {
            closures: vec![closure("2026-11-26", "2026-12-16", "summer holidays")],
            ..every_day("09:00", "18:00").into()
        };
        let mut schedule = Schedule { hours, ..Schedule::default() };
        let english = "Closed until Wednesday, December 16th: summer holidays. From Thursday, December 17th, Monday to Sunday: \
                       9 in the morning to 6 in the evening.";
        assert_eq!(told("en", &schedule, None), english);
        // All that was named is closed.
        assert_eq!(told("en", &schedule, named("2026-11-28", "2026-11-29")), english);
        assert_eq!(
            told("es", &schedule, None),
            "Cerrado hasta el miércoles 16 de diciembre: summer holidays. Desde el jueves 17 de diciembre, de lunes a domingo: \
             de las nueve de la mañana a las seis de la tarde."
        );
        assert_eq!(
            told("fr", &schedule, None),
            "Fermé jusqu'au mercredi 16 décembre : summer holidays. À partir du jeudi 17 décembre, du lundi au dimanche : \
             de 9 heures du matin à 18 heures."
        );
        assert_eq!(
            told("pt", &schedule, None),
            "Fechado até quarta-feira, 16 de dezembro: summer holidays. A partir de quinta-feira, 17 de dezembro, \
             de segunda-feira a domingo: das nove da manhã às seis da noite."
        );
        assert_eq!(
            told("en", &schedule, named("2026-12-16", "2026-12-17")),
            "Wednesday, December 16th: closed (summer holidays); Thursday, December 17th: 9 in the morning to 6 in the evening."
        );
        let mut with_holiday = schedule.clone();
        with_holiday.overrides.insert(date("2026-12-17"), DayHours::closed());
        let said = told("en", &with_holiday, named("2026-11-28", "2026-11-29"));
        assert!(said.contains("From Friday, December 18th, Monday to Sunday"), "{said}");
        schedule.hours.closures.push(closure("2026-12-17", "2026-12-18", "inventory"));
        schedule.overrides.insert(date("2026-12-05"), day("10:00", "12:00"));
        assert_eq!(
            told("en", &schedule, None),
            "Closed until Friday, December 18th: summer holidays and inventory. From Saturday, December 19th, Monday to Sunday: \
             9 in the morning to 6 in the evening. Exceptions: Saturday, December 5th: 10 in the morning to noon."
        );
    }

    #[test]
    fn a_closure_to_come_is_told_to_its_end() {
        let hours = Hours {
            closures: vec![
                closure("2026-12-21", "2027-01-10", "Betriebsferien"),
                closure("2026-12-01", "2026-12-01", ""),
            ],
            ..working_days("09:00", "17:00").into()
        };
        assert_eq!(
            told("en", &Schedule { hours, ..Schedule::default() }, None),
            "Monday to Friday: 9 in the morning to 5 in the evening; Saturday to Sunday: closed. Exceptions: Tuesday, December 1st: \
             closed; from Monday, December 21st to Sunday, January 10th: closed (Betriebsferien)."
        );
    }

    #[test]
    fn seasons_are_told_with_their_days() {
        let season = |first: &str, last: &str| Season {
            dates: dates(first, last),
            weekly: every_day("07:00", "13:00"),
        };
        let schedule = |season| {
            let hours = Hours { seasons: vec![season], ..every_day("09:00", "17:00").into() };
            Schedule { hours, ..Schedule::default() }
        };
        let begun = schedule(season("2026-11-26", "2027-02-28"));
        assert_eq!(
            told("en", &begun, None),
            "Until Sunday, February 28th, Monday to Sunday: 7 in the morning to 1 in the afternoon."
        );
        assert_eq!(
            told("es", &begun, None),
            "Hasta el domingo 28 de febrero, de lunes a domingo: de las siete de la mañana a la una de la tarde."
        );
        assert_eq!(
            told("en", &schedule(season("2026-12-07", "2026-12-13")), None),
            "Until Sunday, December 6th, Monday to Sunday: 9 in the morning to 5 in the evening. \
             From Monday, December 7th to Sunday, December 13th, Monday to Sunday: 7 in the morning to 1 in the afternoon. \
             From Monday, December 14th, Monday to Sunday: 9 in the morning to 5 in the evening."
        );
        let open = Some(Dates::from(date("2027-02-20")));
        assert_eq!(
            told("en", &begun, open),
            "Until Sunday, February 28th, Monday to Sunday: 7 in the morning to 1 in the afternoon. \
             From Monday, March 1st, Monday to Sunday: 9 in the morning to 5 in the evening."
        );
    }

    #[test]
    fn public_holidays_are_told_by_their_names() {
        let hours = Hours { holidays: "CO".parse().ok(), ..every_day("00:00", "24:00").into() };
        let schedule = Schedule { hours, ..Schedule::default() };
        assert_eq!(
            told("en", &schedule, None),
            "Monday to Sunday: open all day. Exceptions: Tuesday, December 8th: closed (public holiday)."
        );
        assert_eq!(
            told("es", &schedule, named("2026-12-01", "2026-12-31")),
            "De lunes a domingo: abierto todo el día. Excepciones: el martes 8 de diciembre: cerrado (día festivo); \
             el viernes 25 de diciembre: cerrado (Navidad)."
        );
        assert_eq!(
            told("es", &schedule, named("2026-12-25", "2026-12-25")),
            "El viernes 25 de diciembre: cerrado (Navidad)."
        );
    }

    #[test]
    fn any_days_can_be_named() {
        let schedule = Schedule { hours: every_day("09:00", "17:00").into(), ..Schedule::default() };
        for (first, last) in [
            (NaiveDate::MIN, Some(NaiveDate::MIN)),
            (NaiveDate::MIN, Some(NaiveDate::MAX)),
            (NaiveDate::MAX, Some(NaiveDate::MAX)),
            (NaiveDate::MAX, None),
        ] {
            let told = told("en", &schedule, Some(Dates { first, last }));
            assert!(told.ends_with("9 in the morning to 5 in the evening."), "{told}");
        }
    }
}
