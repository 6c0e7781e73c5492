//! Every language has every phrase, says nothing in another one, and understands what it says.

mod keywords;
mod marked;

use std::collections::{BTreeSet, HashSet};
use std::mem::discriminant;
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use proptest::prelude::*;
use serde_json::Value;
use strum::{EnumCount, IntoEnumIterator};
use uuid::Uuid;

use super::*;
use crate::conversations::tools::answers::{
    self, FoundAppointment, FoundForCaller, OfferedService, ToChange, ToldAppointment, ToldEntry, ToldOffer,
};
use crate::conversations::tools::catalogue::Tool;
use crate::conversations::tools::opening::opening_hours;
use crate::conversations::tools::services::offered;
use crate::conversations::tools::speech::Speech;
use crate::kernel::ids::{AppointmentId, MessageId, StreamId, WaitlistEntryId};
use crate::kernel::refusal::OpenSlot;
use crate::scheduling::availability::WhyNone;
use crate::scheduling::business::BusinessProfile;
use crate::scheduling::service::{Deadline, Fee, Late, NoShowPolicy, Policy, ServiceDetails};
use crate::values::holidays::Holiday;
use crate::values::hours::{DayHours, Schedule, WeeklyHours, Window};
use crate::values::interval::Interval;
use crate::values::money::Money;
use crate::values::phone::PhoneNumber;
use crate::values::question::{AnswerKind, BadAnswer, Question};
use crate::values::text::{BadText, Name, Note, Text};
use crate::values::time::Zone;

/// Half an hour from a start.
pub fn open_slot(start: DateTime<Utc>) -> OpenSlot {
    let time = Interval::starting(start, TimeDelta::minutes(30));
    OpenSlot { time, resources: vec![], seats_left: None, slot_token: "4711".into(), token_expires_at: start }
}

fn language(tag: &str) -> Language {
    tag.parse().expect("a language")
}

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 3).expect("a date")
}

fn every_time() -> impl Iterator<Item = NaiveTime> {
    (0..24 * 60).filter_map(|minute| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0))
}

/// One of everything that is said. Its parts are the same in every language.
fn everything_said() -> Vec<Said<'static>> {
    let (moment, times) = ("4711", "4712");
    let service = "Kung-Fu";
    let (opens, closes) = (NaiveTime::MIN, NaiveTime::from_hms_opt(17, 30, 0).expect("a time"));
    let said = vec![
        Said::OpenTimes { service, times },
        Said::MoreTimes,
        Said::NoneOpen { service, why: NoTime::Full },
        Said::Booked { service, name: "Ada", moment },
        Said::Requested { service, name: "Ada", moment },
        Said::MoveRequested { service, moment },
        Said::Rescheduled { service, moment },
        Said::Cancelled { service, moment },
        Said::Fee { amount: "4714" },
        Said::StillOpen { times },
        Said::NothingElseOpen,
        Said::Appointment { service, moment, name: Some("Ada") },
        Said::ToBeApproved,
        Said::Appointments { appointments: times },
        Said::NoAppointments,
        Said::StaffTells,
        Said::StaffChanges,
        Said::MessageTaken,
        Said::Waitlisted { service, name: "Ada", number: 2 },
        Said::KeptFor { service, name: "Ada", moment },
        Said::OfferDeclined { service },
        Said::Window { opens, closes },
        Said::OpenAllDay,
        Said::Closed,
        Said::ClosedFor { reason: "4715" },
        Said::ClosedUntil { last: date(), reason: Some("4715") },
        Said::Holiday(Holiday::Other),
        Said::From { first: date() },
        Said::Until { last: date() },
        Said::FromUntil { first: date(), last: date() },
        Said::Service { name: service, lengths: times, price: Some("4714") },
        Said::Length { minutes: 90 },
        Said::PricePerPerson { price: "4714" },
        Said::Seats { seats: 8 },
        Said::LateChange { change: Change::Either, before: times, fee: None },
        Said::NoShowFee { fee: "4714" },
        Said::AskedBefore { questions: times },
        Said::Services { names: times },
        Said::More { count: 3 },
        Said::Address { address: "4716" },
        Said::Weekdays { first: Weekday::Mon, last: Weekday::Fri },
        Said::HoursOf { days: "4713", hours: times },
        Said::ExceptionalHours { dates: times },
        Said::BeforeClocksGoBack,
        Said::AfterClocksGoBack,
        Said::NotSetUp,
        Said::PuttingThrough,
        Said::NobodyAvailable,
        Said::AnswerErased,
        Said::BookedTime,
    ];
    assert_eq!(said.iter().map(discriminant).collect::<HashSet<_>>().len(), Said::COUNT, "one of each");
    said
}

fn every_mistake() -> Vec<Mistake> {
    let (name, got) = ("slot_token", || "4711".to_owned());
    let mistakes = vec![
        Mistake::Missing(name),
        Mistake::UnknownArgument { name: got(), known: vec![got(), got()] },
        Mistake::NotText(name),
        Mistake::NotYesNo(name),
        Mistake::BadText { name, reason: BadText::Empty },
        Mistake::BadText { name, reason: BadText::TooLong { max: 120, got: 121 } },
        Mistake::BadText { name, reason: BadText::Control },
        Mistake::NotPhoneNumber(name),
        Mistake::PhoneExtension(name),
        Mistake::NotEmail(name),
        Mistake::NotAppointmentId(name),
        Mistake::NotWaitlistEntryId(name),
        Mistake::NobodysNumber(name),
        Mistake::NotAnObject,
        Mistake::NotNumber(name),
        Mistake::WithWhom(vec![got(), got()]),
        Mistake::Length { offered: vec![30, 60], got: 45 },
        Mistake::Seats { max: 8 },
        Mistake::NoToolCallId,
        Mistake::NotAnswers(name),
        Mistake::NotJson,
        Mistake::Day(got()),
        Mistake::DayPassed(date()),
        Mistake::DayTooFar,
        Mistake::PartOfDay(got()),
        Mistake::Time(got()),
        Mistake::Contradiction { one: got(), other: got() },
        Mistake::OtherWeekday { said: got(), date: date() },
        Mistake::WhichDate { said: got(), one: date(), other: date() },
        Mistake::WhichTime { said: got(), early: NaiveTime::MIN, late: NaiveTime::MIN },
        Mistake::NoAppointment(got()),
        Mistake::OtherClock(got()),
        Mistake::NotWanted(got()),
        Mistake::UnknownTool { name: got(), tools: got() },
        Mistake::NoSlotToken,
        Mistake::NotSlotToken,
        Mistake::Answer { id: got(), question: got(), reason: BadAnswer::Missing },
        Mistake::Answer { id: got(), question: got(), reason: BadAnswer::NotYesNo },
        Mistake::Answer { id: got(), question: got(), reason: BadAnswer::NotNumber { min: 1, max: 9 } },
        Mistake::Answer { id: got(), question: got(), reason: BadAnswer::NotChoice { options: vec![] } },
        Mistake::WhichService(vec![got(), got()]),
        Mistake::NoServices,
        Mistake::HiddenNumber,
        Mistake::Refused(Reason::Other),
    ];
    assert_eq!(
        mistakes.iter().map(discriminant).collect::<HashSet<_>>().len(),
        Mistake::COUNT,
        "one of each"
    );
    mistakes
}

fn profile(language: Language) -> BusinessProfile {
    BusinessProfile {
        country: Some("US".parse().expect("a country")),
        language,
        ..BusinessProfile::new(
            Name::parse("Garage").expect("a name"),
            "America/New_York".parse().expect("a zone"),
        )
    }
}

/// All that a language can say.
fn phrases(language: Language) -> Vec<String> {
    let mut phrases: Vec<String> = everything_said().iter().map(|said| language.say(said)).collect();
    phrases.extend(every_mistake().iter().map(|mistake| language.mistake(mistake)));
    phrases.extend(Reason::iter().map(|reason| language.refusal(reason).to_owned()));
    phrases.extend(every_time().map(|time| language.at(time)));
    phrases.extend(date().iter_days().take(366).map(|date| language.date(date)));
    phrases.extend(date().iter_days().take(366).map(|date| language.date_of_year(date)));
    phrases.extend(
        (0..7).filter_map(|day| Weekday::try_from(day).ok()).map(|day| language.weekday(day).to_owned()),
    );
    phrases.extend(
        Change::iter()
            .map(|change| language.say(&Said::LateChange { change, before: "4712", fee: Some("4714") })),
    );
    let whys = [
        NoTime::Nobody,
        NoTime::Passed,
        NoTime::Skipped,
        NoTime::TooLong,
        NoTime::OffGrid,
        NoTime::Away,
        NoTime::Closed,
    ];
    let service = "Kung-Fu";
    phrases.extend(whys.map(|why| language.say(&Said::NoneOpen { service, why })));
    phrases.extend(Holiday::iter().map(|holiday| language.say(&Said::Holiday(holiday))));
    phrases.push(language.clock_of("America/Bogota".parse().expect("a zone")));
    for conjunction in [Conjunction::And, Conjunction::Or] {
        phrases.push(language.list(&["4711".into(), "4712".into(), "4713".into()], conjunction));
    }
    phrases
}

#[test]
fn every_phrase_exists_and_every_refusal_is_a_sentence() {
    for language in Language::all() {
        for phrase in phrases(language) {
            assert!(
                !phrase.trim().is_empty() && !phrase.contains("  ") && !phrase.contains('\n'),
                "{language}: {phrase:?}"
            );
        }
        for reason in Reason::iter() {
            let refusal = language.refusal(reason);
            assert!(
                refusal.starts_with(char::is_uppercase) && refusal.ends_with('.'),
                "{language}: {refusal}"
            );
        }
    }
}

/// English words that no other language here has, and the names of days and months.
const ENGLISH: &[&str] = &[
    "the",
    "is",
    "are",
    "was",
    "of",
    "for",
    "there",
    "at",
    "and",
    "or",
    "in",
    "to",
    "it",
    "this",
    "that",
    "not",
    "open",
    "time",
    "times",
    "then",
    "next",
    "ones",
    "booked",
    "now",
    "cancelled",
    "still",
    "found",
    "closed",
    "before",
    "after",
    "clocks",
    "missing",
    "must",
    "be",
    "text",
    "number",
    "address",
    "copy",
    "day",
    "passed",
    "say",
    "like",
    "tool",
    "ask",
    "which",
    "caller",
    "taken",
    "held",
    "appointment",
    "customer",
    "offer",
    "too",
    "notice",
    "done",
    "morning",
    "afternoon",
    "evening",
    "night",
    "noon",
    "midnight",
    "today",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What is the same in every language: names of tools and arguments.
const NAMES: &[&str] = &[
    "slot_token",
    "find_appointments",
    "check_availability",
    "book_appointment",
    "appointment_id",
    "phone_number",
    "part_of_day",
    "apt_",
];

fn english_words(phrase: &str) -> Vec<String> {
    let phrase = NAMES.iter().fold(phrase.to_lowercase(), |phrase, name| phrase.replace(name, " "));
    // The argument that a mistake is about.
    let phrase = ["day: ", "time: ", "service: "]
        .iter()
        .find_map(|name| phrase.strip_prefix(name))
        .unwrap_or(&phrase)
        .to_owned();
    phrase
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| ENGLISH.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn nothing_english_is_said_in_another_language() {
    assert!(
        phrases(language("en")).iter().filter(|phrase| !english_words(phrase).is_empty()).count() > 1_500,
        "the test sees English"
    );
    for other in Language::all().filter(|language| *language != Language::default()) {
        for phrase in phrases(other) {
            assert_eq!(english_words(&phrase), [""; 0], "{other}: {phrase}");
        }
        for said in everything_said()
            .iter()
            .filter(|said| !matches!(said, Said::HoursOf { .. } | Said::Appointment { .. }))
        {
            assert_ne!(other.say(said), language("en").say(said), "{said:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Two instants are never said alike.
    #[test]
    fn every_quarter_of_an_hour_around_a_change_of_clocks_is_said_apart(zone in prop::sample::select(vec![
        "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "America/Santiago", "America/Bogota",
    ]), year in 2024_i32..2030, autumn: bool) {
        let zone: Zone = zone.parse().expect("a zone");
        for language in Language::all() {
            let speech = Speech::of(&BusinessProfile { zone, ..profile(language) }, None);
            let months = if autumn { [10, 11] } else { [3, 4] };
            for month in months {
                let begin = NaiveDate::from_ymd_opt(year, month, 1).expect("a date").and_time(NaiveTime::MIN).and_utc();
                let mut said = HashSet::new();
                for quarter in 0..31 * 24 * 4 {
                    let moment = speech.moment(begin + TimeDelta::minutes(15 * quarter));
                    prop_assert!(said.insert(moment.clone()), "{}: {}", language, moment);
                }
            }
        }
    }
}

#[test]
fn an_unknown_language_is_refused_with_those_that_are_there() {
    assert_eq!("ES".parse::<Language>(), Ok(language("es")));
    for text in ["", "de", "es-MX", "english", "e"] {
        let error = text.parse::<Language>().expect_err(text).to_string();
        assert!(Language::all().all(|known| error.contains(&format!("{:?}", known.tag()))), "{error}");
    }
}

/// The folder and the registry agree, and nothing else in the product names a language.
#[test]
fn a_language_is_one_file_and_its_line_in_the_registry() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/languages");
    let files = std::fs::read_dir(folder)
        .expect("the languages")
        .flatten()
        .map(|file| file.file_name().into_string().expect("text"));
    let files: BTreeSet<String> =
        files.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    let tags: BTreeSet<String> = Language::all().map(|language| language.tag().to_owned()).collect();
    let shared = ["grammar", "keywords", "mod", "phrasebook", "phrases", "tests", "words"].map(str::to_owned);
    assert_eq!(files, tags.into_iter().chain(shared).collect());
    let sources = ["domain", "adapters", "projections", "api"]
        .map(|member| format!("{}/../{member}/src", env!("CARGO_MANIFEST_DIR")));
    let mut seen = 0;
    for source in sources.iter().flat_map(|folder| rust_files(Path::new(folder))) {
        let is_of_languages = source.parent().is_some_and(|parent| parent.ends_with("domain/src/languages"));
        let text = std::fs::read_to_string(&source).expect("a source");
        for name in ["languages::en", "languages::es", "Spanish", "French", "Portuguese"] {
            assert!(is_of_languages || !text.contains(name), "{} names a language", source.display());
        }
        seen += 1;
    }
    assert!(seen > 100, "{seen} sources");
}

fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let of = |path: std::path::PathBuf| if path.is_dir() { rust_files(&path) } else { vec![path] };
    entries.flat_map(of).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Nobody adds addresses or merges customers in a call.
const NOT_ON_THE_PHONE: [&str; 11] = [
    "appointment-not-approved",
    "appointment-not-begun",
    "appointment-too-early-to-check-in",
    "customer-too-many-addresses",
    "customer-no-such-address",
    "customer-already-merged",
    "customer-merged-into-itself",
    "customer-merged-too-deep",
    "customer-not-merged",
    "waitlist-already-waiting",
    "waitlist-not-waiting",
];

/// Whatever the aggregates of a call, a booking and its customer can refuse, and what commands refuse
/// themselves.
#[test]
fn every_refusal_that_a_caller_can_hear_has_its_sentence() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut slugs = vec!["service-not-found".to_owned(), "service-retired".to_owned()];
    for folder in [
        "booking/appointment",
        "booking/no_shows",
        "booking/waitlist",
        "conversations/call",
        "people/contact_point",
        "people/customer",
        "scheduling/agenda_day",
        "scheduling/quota",
    ] {
        let source = std::fs::read_to_string(source.join(folder).join("error.rs")).expect("errors");
        let (errors, refusals) = source.split_once("crate::refuses!(").expect("refusals");
        let prefix = refusals.split('"').nth(1).expect("a prefix");
        let variants =
            errors.lines().filter_map(|line| line.strip_prefix("    ")?.split([',', ' ', '(']).next());
        slugs.extend(variants.filter(|name| name.starts_with(char::is_uppercase)).map(|name| {
            let kebab = name.chars().map(|letter| {
                if letter.is_uppercase() { format!("-{}", letter.to_lowercase()) } else { letter.into() }
            });
            format!("{prefix}{}", kebab.collect::<String>())
        }));
    }
    let booking = std::fs::read_dir(source.join("booking/commands/booking"))
        .expect("a folder")
        .flatten()
        .map(|file| file.path());
    let others = [
        "booking/commands/waitlist.rs",
        "conversations/commands/answer_tool_call.rs",
        "people/commands/customers.rs",
        "kernel/work.rs",
    ];
    for file in booking.chain(others.map(|file| source.join(file))) {
        let source = std::fs::read_to_string(file).expect("commands");
        let quoted = source.split('"').skip(1).step_by(2);
        slugs.extend(
            quoted
                .filter(|text| text.contains('-') && text.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
                .map(str::to_owned),
        );
    }
    assert!(slugs.len() > 20, "{slugs:?}");
    slugs.retain(|slug| !NOT_ON_THE_PHONE.contains(&slug.as_str()));
    for slug in slugs {
        assert_ne!(
            Reason::of(&slug),
            Reason::Other,
            "give {slug} a variant of Reason, and a sentence in every language"
        );
    }
}
