//! English. Times are digits ("3:30"), which every speech engine reads well. The part of the day is in words,
//! because engines read "PM" letter by letter. Dates have ordinals: "December 3rd".

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::phrasebook::{AM, Conjunction, NIGHT, PM, Phrasebook, Vocabulary, Which, list, place, texts};
use super::phrases::{Mistake, Reason, Said};
use crate::values::question::BadAnswer;
use crate::values::text::BadText;
use crate::values::time::Zone;

pub struct English;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const NUMBERS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 6] = ["", "", "twenty", "thirty", "forty", "fifty"];

static VOCABULARY: Vocabulary = Vocabulary {
    before_day: &["on", "for", "the"],
    today: &["today", "tonight", "this morning", "this afternoon", "this evening"],
    tomorrow: &["tomorrow", "tomorrow morning", "tomorrow afternoon", "tomorrow evening"],
    day_after_tomorrow: &["day after tomorrow"],
    weekdays: [
        &["monday", "mon"],
        &["tuesday", "tue", "tues"],
        &["wednesday", "wed"],
        &["thursday", "thu", "thur", "thurs"],
        &["friday", "fri"],
        &["saturday", "sat"],
        &["sunday", "sun"],
    ],
    before_weekday: &[
        ("this coming", Which::Coming),
        ("this", Which::This),
        ("coming", Which::Coming),
        ("next", Which::OfNextWeek),
    ],
    after_weekday: &[
        ("of next week", Which::OfNextWeek),
        ("next week", Which::OfNextWeek),
        ("this week", Which::This),
    ],
    months: [
        &["january", "jan"],
        &["february", "feb"],
        &["march", "mar"],
        &["april", "apr"],
        &["may"],
        &["june", "jun"],
        &["july", "jul"],
        &["august", "aug"],
        &["september", "sep", "sept"],
        &["october", "oct"],
        &["november", "nov"],
        &["december", "dec"],
    ],
    first: &["first"],
    within_date: &["of", "the", "st", "nd", "rd", "th"],
    before_part: &["in", "the", "at", "this"],
    parts: &[
        (&["morning"], 0, 12),
        (&["afternoon"], 12, 17),
        (&["evening", "night"], 17, 24),
        (&["", "any", "anytime", "any time"], 0, 24),
    ],
    before_time: &["at", "about", "around"],
    halves: &[
        ("am", AM),
        ("a m", AM),
        ("pm", PM),
        ("p m", PM),
        ("in the morning", AM),
        ("in the afternoon", PM),
        ("in the evening", PM),
        ("at night", NIGHT),
    ],
    after_time: &["o'clock", "oclock", "sharp"],
    noon: &["noon", "midday"],
    midnight: &["midnight"],
    day_examples: "today, tomorrow, a weekday (tuesday, this tuesday, next tuesday) or a date (December 3rd, 2026-11-24)",
    part_examples: ["morning", "afternoon", "evening"],
    time_examples: "15:00 or 3:30 pm",
};

fn number(word: &str) -> Option<u16> {
    let spoken = || {
        NUMBERS
            .iter()
            .position(|name| *name == word)
            .or_else(|| TENS.iter().position(|name| *name == word).map(|ten| ten * 10))
    };
    match word {
        "" => None,
        "half" => Some(30),
        "quarter" => Some(15),
        _ => word.parse().ok().or_else(|| spoken().and_then(|number| u16::try_from(number).ok())),
    }
}

/// `thirty`, `thirty five`, `a quarter`
fn minutes(words: &[&str]) -> Option<u16> {
    match words {
        ["a", "quarter"] => Some(15),
        [one] | [one, "minutes"] => number(one),
        [tens, ones] => {
            Some(number(tens).filter(|tens| tens % 10 == 0)? + number(ones).filter(|ones| *ones < 10)?)
        }
        _ => None,
    }
}

/// `3:30 in the afternoon`
fn clock_time(time: NaiveTime) -> String {
    let part = match time.hour() {
        0 | 21.. => "at night",
        1..=11 => "in the morning",
        12..=16 => "in the afternoon",
        17..=20 => "in the evening",
    };
    match (time.hour12().1, time.minute()) {
        (12, 0) if time.hour() == 0 => "midnight".into(),
        (12, 0) => "noon".into(),
        (hour, 0) => format!("{hour} {part}"),
        (hour, minute) => format!("{hour}:{minute:02} {part}"),
    }
}

fn ordinal(day: u32) -> String {
    let ending = match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

impl Phrasebook for English {
    fn tag(&self) -> &'static str {
        "en"
    }

    fn english_name(&self) -> &'static str {
        "English"
    }

    fn vocabulary(&self) -> &'static Vocabulary {
        &VOCABULARY
    }

    fn clock(&self, words: &[&str]) -> Option<(u16, u16)> {
        if let Some(place) = words.iter().position(|word| matches!(*word, "past" | "after" | "to")) {
            let (minute, hour) = (minutes(&words[..place])?, number(words.get(place + 1)?)?);
            let is_whole = words.len() == place + 2;
            let before = words[place] == "to";
            let time =
                if before { ((hour + 10) % 12 + 1, 60_u16.checked_sub(minute)?) } else { (hour, minute) };
            return is_whole.then_some(time);
        }
        match words {
            [hour] => Some((number(hour)?, 0)),
            [hour, minute @ ..] => Some((number(hour)?, minutes(minute)?)),
            [] => None,
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        format!(
            "{}, {} {}",
            self.weekday(date.weekday()),
            MONTHS[date.month0() as usize],
            ordinal(date.day())
        )
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        WEEKDAYS[weekday.num_days_from_monday() as usize]
    }

    fn at(&self, time: NaiveTime) -> String {
        format!("at {}", clock_time(time))
    }

    fn clock_of(&self, zone: Zone) -> String {
        format!("{} time", place(zone))
    }

    fn list(&self, items: &[String], conjunction: Conjunction) -> String {
        list(
            items,
            match conjunction {
                Conjunction::And => "and",
                Conjunction::Or => "or",
            },
        )
    }

    fn say(&self, said: &Said<'_>) -> String {
        match said {
            Said::OpenTimes { service, times } => format!("For {service} there is {times}."),
            Said::NoneOpen { service } => {
                format!("There is no open time for {service} in the coming weeks. Offer to take a message.")
            }
            Said::NoneOpenThen { service, later } => {
                format!("There is no open time for {service} then. The next ones are {later}.")
            }
            Said::Booked { service, name, moment } => format!("{service} is booked for {name} on {moment}."),
            Said::Requested { service, name, moment } => {
                format!("{service} for {name} on {moment} is requested. The business will confirm it.")
            }
            Said::MoveRequested { service, moment } => {
                format!("{service} is now requested for {moment}. The business will confirm it.")
            }
            Said::Rescheduled { service, moment } => format!("{service} is now on {moment}."),
            Said::Cancelled { service, moment } => format!("{service} on {moment} is cancelled."),
            Said::Fee { amount } => {
                format!("It costs {amount}. If the caller accepts that, do it again with accept_fee.")
            }
            Said::StillOpen { times } => format!("Still open: {times}."),
            Said::NothingElseOpen => {
                "Nothing else is open in the coming weeks. Offer to take a message.".into()
            }
            Said::Appointment { service, moment, name: None } => format!("{service} on {moment}"),
            Said::Appointment { service, moment, name: Some(name) } => {
                format!("{service} for {name} on {moment}")
            }
            Said::Appointments { appointments } => format!("Found: {appointments}."),
            Said::NoAppointments => "There are no coming appointments under that number.".into(),
            Said::MessageTaken => "The message has been passed on.".into(),
            Said::Waitlisted { service, name, number } => format!(
                "{name} is on the waitlist for {service}, at number {number}. When a time becomes free, it is kept for a while, and the \
                 business gets in touch."
            ),
            Said::KeptFor { service, name, moment } => {
                format!(
                    "{service} on {moment} is being kept for {name} already. Offer to take a message that they want it."
                )
            }
            Said::Window { opens, closes } => format!("{} to {}", clock_time(*opens), clock_time(*closes)),
            Said::Closed => "closed".into(),
            Said::Weekdays { first, last } => format!("{} to {}", self.weekday(*first), self.weekday(*last)),
            Said::HoursOf { days, hours } => format!("{days}: {hours}"),
            Said::ExceptionalHours { dates } => format!("Exceptions: {dates}."),
            Said::BeforeClocksGoBack => "before the clocks go back".into(),
            Said::AfterClocksGoBack => "after the clocks go back".into(),
            Said::NotSetUp => "This number is not set up yet. Please call again later.".into(),
            Said::PuttingThrough => "One moment, I am putting you through.".into(),
            Said::NobodyAvailable => {
                "Nobody can take the call right now. I can take a message instead.".into()
            }
            Said::AnswerErased => "This answer has been erased.".into(),
            Said::BookedTime => "Booked".into(),
        }
    }

    fn refusal(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::AgendaClassFull => "There are not enough seats left at that time.",
            Reason::QuotaLimitReached => "No more of these can be booked for those days.",
            Reason::AgendaTimeTaken => "That time has just been taken.",
            Reason::AgendaHoldExpired | Reason::AppointmentHoldExpired => {
                "That time is no longer being held."
            }
            Reason::AppointmentNotFound => "There is no such appointment.",
            Reason::AppointmentHoldNotFound => "No time is being held.",
            Reason::AppointmentHoldReleased => "The time that was held has been given up.",
            Reason::AppointmentHeldForWaitlist => "That time is being kept for somebody on the waitlist.",
            Reason::AppointmentAlreadyBooked => "That appointment is booked already.",
            Reason::AppointmentCancelled => "That appointment was cancelled.",
            Reason::AppointmentAlreadyBegun => "That appointment has already begun.",
            Reason::AppointmentDeclined => "The business has declined that appointment.",
            Reason::AppointmentRequestExpired => "That request was not answered in time.",
            Reason::AppointmentTooLateToCancel => {
                "It is too late to cancel that appointment; only the business itself can do it now."
            }
            Reason::AppointmentTooLateToReschedule => {
                "It is too late to move that appointment; only the business itself can do it now."
            }
            Reason::AppointmentFeeDue => "This late there is a fee for it.",
            Reason::AppointmentBadAnswer => {
                "Something that the business asks has not been answered, or not in the right form."
            }
            Reason::AppointmentUnknownQuestion => "The business does not ask that.",
            Reason::AttendanceTooManyNoShows => "Only the business itself can book for this customer.",
            Reason::AppointmentNotDisclosed => {
                "That appointment is not known in this call; find it with find_appointments first."
            }
            Reason::CallTooManyToolCalls => {
                "Too much has been asked in this call; take a message by other means."
            }
            Reason::ChangedSince => "It has been changed meanwhile.",
            Reason::ContactPointTaken => "That phone number or email address belongs to another customer.",
            Reason::CustomerNotFound => "There is no such customer.",
            Reason::CustomerAlreadyRegistered => "That customer is registered already.",
            Reason::CustomerOverlaps => {
                "There is another appointment under that name at that time; ask whether both are wanted."
            }
            Reason::CustomerOverlapForbidden => "There is another appointment under that name at that time.",
            Reason::CustomerUnreachable => "A phone number or an email address is needed; ask for one.",
            Reason::PersonErased => "The data of that person have been erased.",
            Reason::ServiceNotFound => "There is no such service.",
            Reason::ServiceRetired => "That service is no longer offered.",
            Reason::SlotInThePast => "That time has passed.",
            Reason::SlotNoLongerOffered => "That time is no longer offered.",
            Reason::SlotShortNotice => "That is too short notice.",
            Reason::SlotTokenExpired => "That offer is too old; ask for the open times again.",
            Reason::SlotTooFarAhead => "That is too far ahead.",
            Reason::WaitlistFull => "The waitlist is full. Offer to take a message.",
            Reason::WaitlistBadWish => {
                "Nobody can wait for that: it cannot be booked on those days, or not like that."
            }
            Reason::Other => "That cannot be done.",
        }
    }

    fn mistake(&self, mistake: &Mistake) -> String {
        match mistake {
            Mistake::Missing(name) => format!("{name} is missing"),
            Mistake::NotText(name) => format!("{name}: it must be a text"),
            Mistake::NotYesNo(name) => format!("{name}: it must be true or false"),
            Mistake::BadText { name, reason } => match reason {
                BadText::Empty => format!("{name}: it must not be empty"),
                BadText::TooLong { max, got } => {
                    format!("{name}: it must have at most {max} characters, has {got}")
                }
                BadText::Control => format!("{name}: it must not contain control characters"),
            },
            Mistake::NotPhoneNumber(name) => {
                format!(
                    "{name}: this is not a phone number; it should be in international form, like +573001234567"
                )
            }
            Mistake::PhoneExtension(name) => {
                format!("{name}: a number with an extension cannot be kept; ask for a direct number")
            }
            Mistake::NotEmail(name) => {
                format!("{name}: this is not an email address; it should look like ada@example.com")
            }
            Mistake::NotAppointmentId(name) => {
                format!(
                    "{name}: copy it exactly from find_appointments or book_appointment; it begins with apt_"
                )
            }
            Mistake::NotAnswers(name) => {
                format!("{name}: give an object with each question's id and the caller's answer to it")
            }
            Mistake::NoToolCallId => "the tool call has no id; call the tool again, with one".into(),
            Mistake::NotAnObject => "the arguments are not a JSON object".into(),
            Mistake::NotJson => "the arguments are not JSON".into(),
            Mistake::Day(text) => format!("day: {text:?} is not a day; say {}", VOCABULARY.day_examples),
            Mistake::DayPassed(date) => format!("day: {} has passed", self.date(*date)),
            Mistake::DayTooFar => "day: it is too far ahead".into(),
            Mistake::PartOfDay(text) => {
                format!(
                    "part_of_day: {text:?} is not a part of the day; say {}",
                    VOCABULARY.part_examples.join(", ")
                )
            }
            Mistake::Time(text) => {
                format!("time: {text:?} is not a time; say it like {}", VOCABULARY.time_examples)
            }
            Mistake::UnknownTool { name, tools } => format!("there is no tool {name:?}; there are {tools}"),
            Mistake::NotSlotToken => {
                "slot_token: copy it exactly as check_availability gave it; this one was not issued here"
                    .into()
            }
            Mistake::Answer { id, question, reason } => {
                let reason = match reason {
                    BadAnswer::Missing => "the answer is missing".into(),
                    BadAnswer::NotYesNo => "the answer must be true or false".into(),
                    BadAnswer::NotNumber { min, max } => {
                        format!("the answer must be a whole number from {min} to {max}")
                    }
                    BadAnswer::NotChoice { options } => {
                        format!("the answer must be {}", self.list(&texts(options), Conjunction::Or))
                    }
                };
                format!("answers.{id}: {reason}; ask the caller: {question}")
            }
            Mistake::WhichService(names) => {
                format!("service: ask which one is meant: {}", self.list(names, Conjunction::Or))
            }
            Mistake::NoServices => "the business offers no services yet; take a message instead".into(),
            Mistake::HiddenNumber => {
                "phone_number: the caller's number is hidden; ask for the number and name of the booking"
                    .into()
            }
            Mistake::Refused(reason) => self.refusal(*reason).into(),
        }
    }
}
