//! Everything that is said. A new variant does not compile until every language has words for it.

use chrono::{NaiveDate, NaiveTime, Weekday};

use crate::values::holidays::Holiday;
use crate::values::question::BadAnswer;
use crate::values::text::BadText;

/// What callers are told. The parts are in words already.
#[derive(Debug, Clone, Copy, strum::EnumCount)]
pub enum Said<'a> {
    OpenTimes {
        service: &'a str,
        times: &'a str,
    },
    /// After open times: there are further ones.
    MoreTimes,
    NoneOpen {
        service: &'a str,
        why: NoTime<'a>,
    },
    Booked {
        service: &'a str,
        name: &'a str,
        moment: &'a str,
    },
    /// The business has still to say yes.
    Requested {
        service: &'a str,
        name: &'a str,
        moment: &'a str,
    },
    Rescheduled {
        service: &'a str,
        moment: &'a str,
    },
    MoveRequested {
        service: &'a str,
        moment: &'a str,
    },
    Cancelled {
        service: &'a str,
        moment: &'a str,
    },
    /// What it costs to do it all the same.
    Fee {
        amount: &'a str,
    },
    StillOpen {
        times: &'a str,
    },
    NothingElseOpen,
    /// One appointment of several.
    /// With a name where several people have appointments.
    Appointment {
        service: &'a str,
        moment: &'a str,
        name: Option<&'a str>,
    },
    /// Said of a request that the business has not answered.
    ToBeApproved,
    Appointments {
        appointments: &'a str,
    },
    NoAppointments,
    /// The people of the business tell callers of appointments, and nobody else.
    StaffTells,
    /// The people of the business move and cancel appointments, and nobody else.
    StaffChanges,
    MessageTaken,
    /// On the waitlist, as this number in it.
    Waitlisted {
        service: &'a str,
        name: &'a str,
        number: usize,
    },
    /// A time that the waitlist kept, and no longer keeps because it is not wanted.
    OfferDeclined {
        service: &'a str,
    },
    /// A time that the waitlist keeps until the customer answers.
    KeptFor {
        service: &'a str,
        name: &'a str,
        moment: &'a str,
    },
    /// From one time of the day to a later one.
    Window {
        opens: NaiveTime,
        closes: NaiveTime,
    },
    OpenAllDay,
    Closed,
    /// Closed on a day, and why.
    ClosedFor {
        reason: &'a str,
    },
    /// Closed already, up to and including a day.
    ClosedUntil {
        last: NaiveDate,
        reason: Option<&'a str>,
    },
    Holiday(Holiday),
    /// From a day on.
    From {
        first: NaiveDate,
    },
    /// Up to and including a day.
    Until {
        last: NaiveDate,
    },
    FromUntil {
        first: NaiveDate,
        last: NaiveDate,
    },
    /// A service as it is offered.
    Service {
        name: &'a str,
        lengths: &'a str,
        price: Option<&'a str>,
    },
    Length {
        minutes: u32,
    },
    PricePerPerson {
        price: &'a str,
    },
    /// How many people come to one class.
    Seats {
        seats: u32,
    },
    /// What becomes of a change shortly before an appointment. Without a fee, it cannot be made.
    LateChange {
        change: Change,
        before: &'a str,
        fee: Option<&'a str>,
    },
    NoShowFee {
        fee: &'a str,
    },
    AskedBefore {
        questions: &'a str,
    },
    Services {
        names: &'a str,
    },
    /// At the end of a list that is cut off.
    More {
        count: usize,
    },
    Address {
        address: &'a str,
    },
    /// Consecutive days of the week.
    Weekdays {
        first: Weekday,
        last: Weekday,
    },
    HoursOf {
        days: &'a str,
        hours: &'a str,
    },
    ExceptionalHours {
        dates: &'a str,
    },
    /// The first pass of the hour that clocks show twice. The second pass is the next variant.
    BeforeClocksGoBack,
    AfterClocksGoBack,
    /// Nobody has set up an assistant for this number.
    NotSetUp,
    PuttingThrough,
    NobodyAvailable,
    AnswerErased,
    /// In a calendar, for a customer who is not named.
    BookedTime,
}

/// Why nothing is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTime<'a> {
    TooFar { last: &'a str },
    TooSoon { soonest: &'a str },
    Nobody,
    Passed,
    Skipped,
    TooLong,
    OffGrid,
    Away,
    Closed,
    LimitReached,
    Full,
}

/// What a customer does to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Change {
    Cancelling,
    Moving,
    Either,
}

/// Why something was refused: the slug of the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Reason {
    AgendaClassFull,
    AgendaTimeTaken,
    AgendaHoldExpired,
    AppointmentNotFound,
    AppointmentHoldNotFound,
    AppointmentHoldExpired,
    AppointmentHoldReleased,
    AppointmentHeldForWaitlist,
    AppointmentAlreadyBooked,
    AppointmentCancelled,
    AppointmentAlreadyBegun,
    AppointmentDeclined,
    AppointmentRequestExpired,
    AppointmentTooLateToCancel,
    AppointmentTooLateToReschedule,
    AppointmentFeeDue,
    AppointmentBadAnswer,
    AppointmentUnknownQuestion,
    AppointmentNotDisclosed,
    AttendanceTooManyNoShows,
    CallTooManyToolCalls,
    CallTooManyWrongProofs,
    WrongProofsTooMany,
    ChangedSince,
    ContactPointTaken,
    CustomerNotFound,
    CustomerAlreadyRegistered,
    CustomerUnreachable,
    CustomerOverlaps,
    CustomerOverlapForbidden,
    PersonErased,
    ServiceNotFound,
    ServiceRetired,
    SlotInThePast,
    SlotNoLongerOffered,
    SlotShortNotice,
    SlotTokenExpired,
    SlotTooFarAhead,
    QuotaLimitReached,
    WaitlistFull,
    WaitlistBadWish,
    WaitlistClosed,
    WaitlistEntryNotFound,
    WaitlistEntryNotOffered,
    WaitlistEntryOfferLapsed,
    WaitlistEntryAlreadyAccepted,
    WaitlistEntryEnded,
    /// Something that no caller should come upon.
    Other,
}

impl Reason {
    pub fn of(slug: &str) -> Self {
        slug.parse().unwrap_or(Self::Other)
    }
}

/// What a model got wrong. The names of tools and arguments are the same in every language.
#[derive(Debug, Clone, PartialEq, Eq, strum::EnumCount)]
pub enum Mistake {
    /// Something that the caller has to say.
    Missing(&'static str),
    /// It is taken by no tool. What is known is the one that is meant, or all that the tool takes.
    UnknownArgument {
        name: String,
        known: Vec<String>,
    },
    NotText(&'static str),
    NotYesNo(&'static str),
    BadText {
        name: &'static str,
        reason: BadText,
    },
    NotPhoneNumber(&'static str),
    PhoneExtension(&'static str),
    /// A line of the business, or one that is no person's.
    NobodysNumber(&'static str),
    NotEmail(&'static str),
    NotAppointmentId(&'static str),
    NotWaitlistEntryId(&'static str),
    NotAnObject,
    NotNumber(&'static str),
    /// Nobody, or several, can be meant.
    WithWhom(Vec<String>),
    /// The service is not offered for that length.
    Length {
        offered: Vec<u32>,
        got: u32,
    },
    /// The service is not offered for so many.
    Seats {
        max: u32,
    },
    NoToolCallId,
    /// Neither an object of answers nor a list of questions with their answers.
    NotAnswers(&'static str),
    NotJson,
    Day(String),
    DayPassed(NaiveDate),
    DayTooFar,
    PartOfDay(String),
    Time(String),
    /// Two things that were said and cannot both be.
    Contradiction {
        one: String,
        other: String,
    },
    /// The date has another weekday than the one that was said.
    OtherWeekday {
        said: String,
        date: NaiveDate,
    },
    WhichDate {
        said: String,
        one: NaiveDate,
        other: NaiveDate,
    },
    /// A time that can be in either half of the day.
    WhichTime {
        said: String,
        early: NaiveTime,
        late: NaiveTime,
    },
    /// Something that counts from an appointment, and it is not said from which.
    NoAppointment(String),
    /// A time on the clock of another zone, of which it is not clear what it is on the business's.
    OtherClock(String),
    /// What somebody does not want.
    NotWanted(String),
    UnknownTool {
        name: String,
        tools: String,
    },
    NoSlotToken,
    NotSlotToken,
    /// A question of the business has no answer, or a bad one.
    Answer {
        id: String,
        question: String,
        reason: BadAnswer,
    },
    WhichService(Vec<String>),
    NoServices,
    HiddenNumber,
    Refused(Reason),
}
