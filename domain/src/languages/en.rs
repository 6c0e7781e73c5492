//! English. Times are digits ("3:30"), which every speech engine reads well. The part of the day is in words,
//! because engines read "PM" letter by letter. Dates have ordinals: "December 3rd".

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::grammar::{
    ClockOf, ClockRule, DayRule, Half, Length, Moved, Part, Share, SpanRule, TimeRule, Vocabulary, Which,
};
use super::keywords::Keywords;
use super::phrasebook::{Conjunction, Phrasebook, length, list, place, texts};
use super::phrases::{Change, Mistake, NoTime, Reason, Said};
use crate::values::holidays::Holiday;
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
const MORNING: Part = Part::new(0, 12, Half::Early);
const AFTERNOON: Part = Part::new(12, 17, Half::Late);
const EVENING: Part = Part::new(17, 24, Half::Late);
const NIGHT: Part = Part::new(17, 24, Half::Night);

const UNITS: [[&str; 2]; 3] = [["day", "days"], ["hour", "hours"], ["minute", "minutes"]];

static VOCABULARY: Vocabulary = Vocabulary {
    cardinals: [
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
        "twenty",
        "twenty one",
        "twenty two",
        "twenty three",
        "twenty four",
        "twenty five",
        "twenty six",
        "twenty seven",
        "twenty eight",
        "twenty nine",
        "thirty",
        "thirty one",
        "thirty two",
        "thirty three",
        "thirty four",
        "thirty five",
        "thirty six",
        "thirty seven",
        "thirty eight",
        "thirty nine",
        "forty",
        "forty one",
        "forty two",
        "forty three",
        "forty four",
        "forty five",
        "forty six",
        "forty seven",
        "forty eight",
        "forty nine",
        "fifty",
        "fifty one",
        "fifty two",
        "fifty three",
        "fifty four",
        "fifty five",
        "fifty six",
        "fifty seven",
        "fifty eight",
        "fifty nine",
    ],
    numerals: &[
        ("sixty", 60),
        ("seventy", 70),
        ("seventy five", 75),
        ("eighty", 80),
        ("ninety", 90),
        ("one|a hundred", 100),
        ("one|a hundred and? five", 105),
        ("one|a hundred and? twenty", 120),
    ],
    counts: &[("a", 1), ("an", 1), ("couple of?", 2), ("a couple of?", 2), ("few", 3), ("a few", 3)],
    ordinals: &[
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
        "twenty first",
        "twenty second",
        "twenty third",
        "twenty fourth",
        "twenty fifth",
        "twenty sixth",
        "twenty seventh",
        "twenty eighth",
        "twenty ninth",
        "thirtieth",
        "thirty first",
    ],
    ordinal_endings: &["st", "nd", "rd", "th"],
    before_date: &["the"],
    last: &["last"],
    centuries: &["twenty", "two thousand and?"],
    weekdays: [
        &["monday", "mondays", "mon", "mondey", "monady"],
        &["tuesday", "tuesdays", "tue", "tues", "tusday", "tuesdy"],
        &["wednesday", "wednesdays", "wed", "weds"],
        &["thursday", "thursdays", "thu", "thur", "thurs", "thrusday", "thursdy"],
        &["friday", "fridays", "fri", "firday", "fryday", "friady"],
        &["saturday", "saturdays", "sat"],
        &["sunday", "sundays", "sun", "sunady", "sonday"],
    ],
    months: [
        &["january", "jan", "januray", "janurary", "janury"],
        &["february", "feb", "febuary", "feburary"],
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
    days: &[
        (
            &[
                "weekday|weekdays",
                "week day|days",
                "any weekday",
                "business|working|work day|days",
                "workday|workdays",
                "during the week",
            ],
            DayRule::Workdays,
        ),
        (&["today", "later today", "this {part}", "later this {part}"], DayRule::Ahead(0)),
        (&["{date}", "{month}", "{year}", "{nth} {weekday}"], DayRule::Conditions),
        (&["{weekday}"], DayRule::Weekday(Which::This)),
        (&["tonight"], DayRule::AheadIn(0, NIGHT)),
        (
            &["tomorrow", "tmrw", "tomorow", "tommorow", "tommorrow", "tomorro", "tomoro", "tmw"],
            DayRule::Ahead(1),
        ),
        (&["day after tomorrow", "overmorrow"], DayRule::Ahead(2)),
        (&["yesterday"], DayRule::Ahead(-1)),
        (&["day before yesterday"], DayRule::Ahead(-2)),
        (&["last night"], DayRule::AheadIn(-1, NIGHT)),
        (
            &["this? past {weekday}", "previous {weekday}", "{weekday} last", "this last {weekday}"],
            DayRule::Weekday(Which::Past),
        ),
        (&["{n} day|days ago"], DayRule::InDays(-1)),
        (&["{n} week|weeks ago"], DayRule::InDays(-7)),
        (&["last|past week"], DayRule::Week(-1, Share::Whole)),
        (&["last weekend", "this? past weekend"], DayRule::Weekend(-1)),
        (&["last|past month"], DayRule::Month(-1, Share::Whole)),
        (&["last|past year"], DayRule::Year(-1)),
        (&["this {weekday}"], DayRule::Weekday(Which::This)),
        (
            &["this coming {weekday}", "coming {weekday}", "upcoming {weekday}", "this upcoming {weekday}"],
            DayRule::Weekday(Which::Coming),
        ),
        (&["next {weekday}"], DayRule::Weekday(Which::OfNextWeek)),
        (
            &["next {month}", "this {month}", "this coming {month}", "next {month} {date}"],
            DayRule::Conditions,
        ),
        (&["{weekday} week", "a week on {weekday}"], DayRule::WeekdayPlus(1)),
        (&["{weekday} fortnight", "a fortnight on {weekday}"], DayRule::WeekdayPlus(2)),
        (&["today week", "this day week", "a week today"], DayRule::Ahead(7)),
        (&["tomorrow week", "a week tomorrow"], DayRule::Ahead(8)),
        (
            &["in {n} day|days", "in {n} day|days time", "{n} day|days from now|today", "{n} days out|ahead"],
            DayRule::InDays(1),
        ),
        (
            &[
                "in {n} week|weeks",
                "in {n} week|weeks time",
                "{n} week|weeks from now|today",
                "{n} weeks out|ahead",
            ],
            DayRule::InDays(7),
        ),
        (
            &[
                "in {n} fortnight",
                "in {n} fortnights time",
                "{n} fortnight from now|today",
                "in two fortnights",
            ],
            DayRule::InDays(14),
        ),
        (
            &["in {n} month|months", "in {n} month|months time", "{n} month|months from now|today"],
            DayRule::InMonths,
        ),
        (
            &["in {n} minute|minutes|min|mins", "in {n} minutes time", "{n} minute|minutes from now"],
            DayRule::InMinutes(1),
        ),
        (&["in half an hour", "half an hour from now", "in a half hour"], DayRule::InMinutes(30)),
        (&["in an hour and a half", "in one and a half hours"], DayRule::InMinutes(90)),
        (
            &["in {n} hour|hours|hr|hrs", "in {n} hours time", "{n} hour|hours from now"],
            DayRule::InMinutes(60),
        ),
        (
            &["in {quarters} hour|hours|hr|hrs|h time?", "{quarters} hour|hours from now"],
            DayRule::InMinutes(15),
        ),
        (
            &[
                "within {n} day|days",
                "within|in|over|during the next|coming|following {n} days",
                "next|coming|following {n} days",
            ],
            DayRule::Within(1),
        ),
        (
            &[
                "within {n} week|weeks",
                "within|in|over|during the next|coming|following {n} weeks",
                "next|coming|following {n} weeks",
                "coming days",
                "next few days",
            ],
            DayRule::Within(7),
        ),
        (&["within {n} month|months", "coming weeks", "next few weeks"], DayRule::Within(30)),
        (
            &["this week", "this current week", "later this week", "sometime this week"],
            DayRule::Week(0, Share::Whole),
        ),
        (
            &["early this week", "beginning|start of this|the week", "early in the week"],
            DayRule::Week(0, Share::Beginning),
        ),
        (
            &["middle of this|the week", "mid this week", "midweek", "mid week"],
            DayRule::Week(0, Share::Middle),
        ),
        (
            &["end of this|the week", "end of week", "late this week", "late in the week"],
            DayRule::Week(0, Share::End),
        ),
        (&["next week", "following week", "coming week", "this coming week"], DayRule::Week(1, Share::Whole)),
        (&["early next week", "beginning|start of next week"], DayRule::Week(1, Share::Beginning)),
        (&["middle of next week", "mid next week"], DayRule::Week(1, Share::Middle)),
        (&["end of next week", "late next week", "later next week"], DayRule::Week(1, Share::End)),
        (
            &[
                "week after next",
                "{weekday} after next",
                "{weekday} in {n} weeks",
                "in {n} weeks on {weekday}",
            ],
            DayRule::Week(2, Share::Whole),
        ),
        (
            &["weekend", "weekends", "this weekend", "this coming weekend", "coming weekend"],
            DayRule::Weekend(0),
        ),
        (&["{nth} week of|in {month}", "{nth} week of|in {month} {year}"], DayRule::WeekOfMonth),
        (&["next weekend", "following weekend"], DayRule::Weekend(1)),
        (&["weekend after next"], DayRule::Weekend(2)),
        (&["month", "this month", "later this month"], DayRule::Month(0, Share::Whole)),
        (
            &[
                "beginning|start of this|the month",
                "early this month",
                "beginning|start of {month}",
                "early {month}",
                "early in {month}",
            ],
            DayRule::Month(0, Share::Beginning),
        ),
        (
            &["middle of this|the month", "mid month", "middle of {month}", "mid {month}"],
            DayRule::Month(0, Share::Middle),
        ),
        (
            &[
                "end of this|the month",
                "month end",
                "late this month",
                "end of {month}",
                "late {month}",
                "late in {month}",
                "last week of the|this month",
            ],
            DayRule::Month(0, Share::End),
        ),
        (&["next month", "following month"], DayRule::Month(1, Share::Whole)),
        (&["beginning|start of next month", "early next month"], DayRule::Month(1, Share::Beginning)),
        (&["middle of next month", "mid next month"], DayRule::Month(1, Share::Middle)),
        (&["end of next month", "late next month"], DayRule::Month(1, Share::End)),
        (&["month after next"], DayRule::Month(2, Share::Whole)),
        (&["this year", "later this year"], DayRule::Year(0)),
        (&["next year"], DayRule::Year(1)),
        (&["christmas", "christmas day", "xmas", "xmas day"], DayRule::Yearly(12, 25)),
        (&["christmas eve", "xmas eve"], DayRule::Yearly(12, 24)),
        (&["boxing day"], DayRule::Yearly(12, 26)),
        (&["new year|years day?", "new year|years"], DayRule::Yearly(1, 1)),
        (&["new year|years eve"], DayRule::Yearly(12, 31)),
        (&["epiphany", "three kings day"], DayRule::Yearly(1, 6)),
        (&["valentine|valentines day?"], DayRule::Yearly(2, 14)),
        (&["saint|st patrick|patricks day"], DayRule::Yearly(3, 17)),
        (&["halloween"], DayRule::Yearly(10, 31)),
        (&["independence day"], DayRule::Yearly(7, 4)),
        (&["veterans day"], DayRule::Yearly(11, 11)),
        (&["good friday"], DayRule::Easter(-2)),
        (&["easter", "easter sunday"], DayRule::Easter(0)),
        (&["easter monday"], DayRule::Easter(1)),
        (&["memorial day"], DayRule::NthWeekday(5, Weekday::Mon, -1)),
        (&["labor|labour day"], DayRule::NthWeekday(9, Weekday::Mon, 1)),
        (&["thanksgiving", "thanksgiving day"], DayRule::NthWeekday(11, Weekday::Thu, 4)),
        (
            &[
                "any|every|each|all day|days|date|dates|time|times but|except|besides",
                "any|anything|anytime|everything|whenever but|except|besides",
            ],
            DayRule::AllBut,
        ),
        (&["except for?", "other than", "but not", "not"], DayRule::Not),
        (
            &[
                "any day",
                "any",
                "any date",
                "whenever",
                "whenever you can",
                "whenever is good|possible",
                "as soon as possible",
                "as soon as you can",
                "asap",
                "first|next|soonest|earliest available|possible",
                "next|first opening|availability|slot|appointment",
                "next|first available slot|time|day|appointment|opening|date",
                "earliest",
                "soonest",
                "sooner the better",
                "from now on",
                "now",
                "right now",
                "right away",
                "immediately",
                "no preference",
                "doesnt matter",
                "does not matter",
                "dont mind",
                "dont care",
                "anything",
                "none",
                "null",
                "flexible",
            ],
            DayRule::Any,
        ),
    ],
    spans: &[
        (
            &[
                "{day} to|through|thru|until|till|til|- {day}",
                "from {day} to|through|thru|until|till|til|- {day}",
                "between {day} and {day}",
            ],
            SpanRule::FromTo,
        ),
        (&["{day} or {day}", "either {day} or {day}", "{day} and {day}"], SpanRule::Either),
        (
            &[
                "from {day} on|onward|onwards|forward",
                "from {day}",
                "starting on? {day}",
                "beginning on? {day}",
                "as of {day}",
                "{day} onward|onwards",
                "{day} or later|after",
                "{day} at the earliest",
                "not before {day}",
                "no earlier than {day}",
            ],
            SpanRule::From,
        ),
        (&["after {day}", "later than {day}"], SpanRule::After),
        (
            &[
                "by {day}",
                "until|till|til {day}",
                "up to {day}",
                "no later than {day}",
                "not after {day}",
                "{day} at the latest",
                "{day} or earlier|sooner|before",
                "on or before {day}",
            ],
            SpanRule::Until,
        ),
        (&["before {day}", "earlier than {day}"], SpanRule::Before),
        (&["week of {day}", "week beginning|starting {day}", "same week as {day}"], SpanRule::WeekOf),
        (&["day after {day}", "{n} day|days after|from {day}"], SpanRule::Plus(1)),
        (&["day before {day}", "{n} days before {day}"], SpanRule::Plus(-1)),
        (&["week after|from {day}", "{n} week|weeks after|from {day}"], SpanRule::Plus(7)),
        (&["week before {day}", "{n} week|weeks before {day}"], SpanRule::Plus(-7)),
        (&["fortnight after|from {day}", "{n} fortnight after|from {day}"], SpanRule::Plus(14)),
    ],
    moved: &[
        (&["same day|date", "that day", "that same day"], Moved::Days(0)),
        (&["same day", "same weekday", "same day of the week"], Moved::Weekday),
        (&["day after", "next|following day", "{n} day|days later|after|afterwards"], Moved::Days(1)),
        (&["day before", "previous day", "{n} day|days earlier|sooner|before"], Moved::Days(-1)),
        (&["{n} week|weeks later|after|afterwards"], Moved::Days(7)),
        (&["{n} week|weeks earlier|sooner|before"], Moved::Days(-7)),
        (&["{n} month|months later|after"], Moved::Months(1)),
        (&["{n} month|months earlier|sooner|before"], Moved::Months(-1)),
        (&["same week", "that week", "that same week"], Moved::Week(0)),
        (&["week after", "following week"], Moved::Week(1)),
        (&["week before", "previous week"], Moved::Week(-1)),
        (&["same time|hour", "same time of day"], Moved::SameTime),
        (
            &[
                "same time|hour next week",
                "same time|hour the? following week",
                "same time|hour the week after",
                "same time|hour in a week",
                "same day and time next week",
                "same day next week at? the? same time",
                "next|following week at? the? same time|hour",
                "next|following week same day and? same? time",
            ],
            Moved::SameTimeAfter(7),
        ),
        (&["{length} later"], Moved::Length(1)),
        (&["{length} earlier|sooner"], Moved::Length(-1)),
        (
            &["later", "bit|little|slightly later", "later on", "later that day", "later the same day"],
            Moved::Later,
        ),
        (
            &[
                "earlier",
                "bit|little|slightly earlier",
                "earlier that day",
                "earlier the same day",
                "earlier on",
            ],
            Moved::Earlier,
        ),
    ],
    lengths: &[
        (&["{n} minute|minutes|min|mins", "{n} m"], Length::MINUTES),
        (
            &[
                "{n} hour|hours|hr|hrs|h",
                "{n} hour|hours|hr|hrs|h and? {m}",
                "{n} hour|hours|hr|hrs|h and? {m} minute|minutes|min|mins|m",
            ],
            Length::HOURS,
        ),
        (&["{quarters} hour|hours|hr|hrs|h"], Length::QUARTERS),
        (
            &["hour and a half", "{n} hour|hours|hr|hrs and a half", "{n} and a half hour|hours|hr|hrs"],
            Length::new(60, 30),
        ),
        (&["hour and a quarter", "{n} and a quarter hour|hours"], Length::new(60, 15)),
        (&["half an? hour", "a half hour", "a half an hour"], Length::fixed(30)),
        (&["quarter of? an hour", "a quarter of? an? hour", "quarter hour"], Length::fixed(15)),
        (&["three|3 quarters of an hour", "three|3 quarter hours"], Length::fixed(45)),
    ],
    parts: &[
        (&["morning", "mornings"], MORNING),
        (
            &["early morning", "early in the morning", "first thing", "first thing in the morning"],
            Part::new(0, 10, Half::Early),
        ),
        (&["mid morning", "midmorning"], Part::new(9, 11, Half::Early)),
        (&["late morning", "late in the morning", "later in the morning"], Part::new(10, 12, Half::Early)),
        (&["before lunch"], MORNING),
        (&["lunch", "lunchtime", "lunch time", "over lunch", "lunch hour"], Part::new(12, 14, Half::Late)),
        (&["afternoon", "afternoons", "after lunch"], AFTERNOON),
        (&["early afternoon", "early in the afternoon"], Part::new(12, 15, Half::Late)),
        (&["mid afternoon", "midafternoon"], Part::new(14, 16, Half::Late)),
        (
            &["late afternoon", "late in the afternoon", "later in the afternoon"],
            Part::new(15, 18, Half::Late),
        ),
        (&["evening", "evenings", "after work"], EVENING),
        (&["early evening", "early in the evening"], Part::new(17, 19, Half::Late)),
        (&["late evening", "late in the evening", "late at night", "late"], Part::new(20, 24, Half::Night)),
        (&["night", "nighttime", "night time"], NIGHT),
        (&["early", "early in the day"], Part::new(0, 10, Half::Early)),
        (&["end of the? day", "later in the day"], Part::new(15, 24, Half::Late)),
        (&["during the day", "daytime"], Part::new(7, 18, Half::Day)),
    ],
    minutes: &[("quarter", 15), ("a quarter", 15)],
    clock: &[
        (
            &[
                "{h}",
                "{h} {mm}",
                "{h} o clock",
                "{h} oclock",
                "{h} h|hr|hrs|hours",
                "{h} hundred hours?",
                "{h} h {mm}",
                "{h} oh {m}",
            ],
            ClockRule::Past(None),
        ),
        (
            &[
                "{m} past|after {h}",
                "{m} minute|minutes past|after {h}",
                "{m} past|after {h} o? clock|oclock",
            ],
            ClockRule::Past(None),
        ),
        (&["half past|after {h}", "half {h}", "half past {h} o? clock|oclock"], ClockRule::HalfPast),
        (
            &["{words} to|till|til|before|of {h}", "{m} minute|minutes to|till|til|before|of {h}"],
            ClockRule::To(None),
        ),
        (
            &["noon", "midday", "high noon", "noontime", "{m} past|after noon|midday"],
            ClockRule::Past(Some(12)),
        ),
        (&["midnight", "{m} past|after midnight"], ClockRule::Past(Some(24))),
        (&["{words} to|till|til|before|of noon|midday"], ClockRule::To(Some(12))),
        (&["{words} to|till|til|before|of midnight"], ClockRule::To(Some(24))),
    ],
    halves: &[
        (&["am", "a m", "midnight"], Some(Half::Early)),
        (&["pm", "p m", "noon", "midday"], Some(Half::Late)),
        (&["in the {part}", "at {part}"], None),
    ],
    times: &[
        (
            &[
                "{clock}",
                "at|around|about|approximately|roughly {clock}",
                "at around|about|approximately|exactly {clock}",
                "some time|sometime around|about {clock}",
                "close to|near {clock}",
                "{clock} ish",
                "{clock} or so|thereabouts",
                "{clock} give or take",
                "{clock} before|after the clocks go back",
            ],
            TimeRule::At,
        ),
        (
            &[
                "after|from|past|since {clock}",
                "from {clock} on|onward|onwards",
                "{clock} or later|after",
                "{clock} onward|onwards",
                "{clock} and later|after",
                "not before {clock}",
                "no earlier than {clock}",
                "later than {clock}",
                "starting at? {clock}",
                "{clock} at the earliest",
            ],
            TimeRule::From,
        ),
        (
            &[
                "before|until|till|til|by {clock}",
                "up to {clock}",
                "no|not later than {clock}",
                "not after {clock}",
                "earlier than {clock}",
                "{clock} or earlier|before|sooner",
                "{clock} at the latest",
            ],
            TimeRule::Until,
        ),
        (
            &[
                "between {clock} and {clock}",
                "after {clock} and|but before {clock}",
                "{clock} - {clock}",
                "{clock} to|till|til|until|through {clock}",
                "from {clock} to|till|til|until|through|- {clock}",
            ],
            TimeRule::Between,
        ),
        (
            &[
                "any time",
                "any",
                "anytime",
                "any hour",
                "whenever",
                "all day",
                "whole day",
                "no preference",
                "doesnt matter",
                "does not matter",
                "dont mind",
                "dont care",
                "none",
                "null",
                "flexible",
                "any time of day",
                "any time of the day",
                "any part of the day",
                "as soon as possible",
                "asap",
            ],
            TimeRule::Any,
        ),
    ],
    zones: &[
        (&["local|your time", "your local time"], ClockOf::Here),
        (
            &["est|edt time?", "eastern time?", "eastern standard|daylight time?", "east coast time?"],
            ClockOf::Zone("America/New_York"),
        ),
        (
            &["cst|cdt time?", "central time?", "central standard|daylight time?"],
            ClockOf::Zone("America/Chicago"),
        ),
        (
            &["mst|mdt time?", "mountain time?", "mountain standard|daylight time?"],
            ClockOf::Zone("America/Denver"),
        ),
        (
            &["pst|pdt time?", "pacific time?", "pacific standard|daylight time?", "west coast time?"],
            ClockOf::Zone("America/Los_Angeles"),
        ),
        (&["akst|akdt time?", "alaska time"], ClockOf::Zone("America/Anchorage")),
        (&["hst time?", "hawaii|hawaiian time"], ClockOf::Zone("Pacific/Honolulu")),
        (&["ast|adt time?", "atlantic time"], ClockOf::Zone("America/Halifax")),
        (&["brt time?", "brasilia time"], ClockOf::Zone("America/Sao_Paulo")),
        (&["bst time?", "uk|british time"], ClockOf::Zone("Europe/London")),
        (&["cet|cest time?", "central european time"], ClockOf::Zone("Europe/Paris")),
        (&["eet|eest time?"], ClockOf::Zone("Europe/Athens")),
        (&["msk time?"], ClockOf::Zone("Europe/Moscow")),
        (&["jst time?", "japan time"], ClockOf::Zone("Asia/Tokyo")),
        (&["kst time?", "korea time"], ClockOf::Zone("Asia/Seoul")),
        (&["hkt time?"], ClockOf::Zone("Asia/Hong_Kong")),
        (&["sgt time?"], ClockOf::Zone("Asia/Singapore")),
        (&["aest|aedt time?"], ClockOf::Zone("Australia/Sydney")),
        (&["nzst|nzdt time?"], ClockOf::Zone("Pacific/Auckland")),
        (&["utc|gmt|z|zulu time?"], ClockOf::Zone("UTC")),
        (&["utc|gmt +|plus {n}"], ClockOf::Utc(1)),
        (&["utc|gmt -|minus {n}"], ClockOf::Utc(-1)),
    ],
    approximate_endings: &["ish"],
    contrasts: &["but"],
    fillers: &[
        "instead",
        "on",
        "for",
        "the",
        "at",
        "in",
        "of",
        "a",
        "an",
        "this is",
        "please",
        "maybe",
        "perhaps",
        "possibly",
        "probably",
        "preferably",
        "ideally",
        "around",
        "about",
        "approximately",
        "roughly",
        "sometime",
        "some time",
        "or so",
        "ish",
        "just",
        "exactly",
        "sharp",
        "on the dot",
        "if possible",
        "if you can",
        "thanks",
        "thank you",
        "i",
        "id",
        "would",
        "like",
        "want",
        "need",
        "prefer",
        "to come",
        "some",
        "d",
        "m",
        "ll",
        "hours",
        "hrs",
        "come",
        "book",
        "see you",
        "appointment",
        "can",
        "could",
        "we",
        "do",
        "its",
        "it",
        "is",
        "be",
        "say",
        "lets say",
        "how about",
        "what about",
        "um",
        "uh",
        "er",
        "hmm",
        "yes",
        "yeah",
        "ok",
        "okay",
        "well",
        "then",
        "actually",
        "works",
        "good",
        "great",
        "during",
        "date",
        "day",
        "time",
    ],
    day_examples: "today, tomorrow, a weekday (tuesday, this tuesday, next tuesday), a date (December 3rd, the 15th, \
                   2026-11-24) or several days (next week, this weekend, monday to wednesday)",
    part_examples: ["morning", "afternoon", "evening"],
    time_examples: "15:00, 3:30 pm, after 5 pm, before noon or between 2 and 4 pm",
};

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

fn change_word(change: Change) -> &'static str {
    match change {
        Change::Cancelling => "cancelling",
        Change::Moving => "moving",
        Change::Either => "cancelling or moving",
    }
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

    fn keywords(&self) -> Keywords {
        Keywords {
            stop: &["stop", "stop all", "stopall", "unsubscribe", "optout", "opt out"],
            start: &["start", "unstop", "subscribe"],
            help: &["help"],
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

    fn date_of_year(&self, date: NaiveDate) -> String {
        format!("{}, {}", self.date(date), date.year())
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
            Said::MoreTimes => "There are more.".into(),
            Said::NoneOpen { service, why } => match why {
                NoTime::TooFar { last } => format!("{service} can be booked up to {last}."),
                NoTime::TooSoon { soonest } => {
                    format!("The earliest that {service} can be booked is {soonest}.")
                }
                NoTime::Nobody => format!("Nobody offers {service} like that."),
                NoTime::Passed => "That time has passed.".into(),
                NoTime::Skipped => {
                    "That time does not exist on that day: the clocks go forward over it.".into()
                }
                NoTime::TooLong => format!("There is not enough time left for {service} then."),
                NoTime::OffGrid => format!("Appointments for {service} do not begin then."),
                NoTime::Away => format!("Nobody who does {service} is there then."),
                NoTime::Closed => format!("It is closed for {service} then."),
                NoTime::LimitReached => format!("No more appointments for {service} are taken then."),
                NoTime::Full => format!("{service} is fully booked then."),
            },
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
            Said::ToBeApproved => "still to be confirmed".into(),
            Said::Appointments { appointments } => format!("Found: {appointments}."),
            Said::NoAppointments => "There are no coming appointments under that number.".into(),
            Said::StaffTells => {
                "Only the people of the business tell of appointments. I can take a message for them.".into()
            }
            Said::StaffChanges => {
                "Only the people of the business move or cancel appointments. I can take a message for them."
                    .into()
            }
            Said::MessageTaken => "The message has been passed on.".into(),
            Said::Waitlisted { service, name, number } => format!(
                "{name} is on the waitlist for {service}, at number {number}. When a time becomes free, it is kept for a while, and the \
                 business gets in touch."
            ),
            Said::KeptFor { service, name, moment } => {
                format!("{service} on {moment} is being kept for {name}, who only has to accept it.")
            }
            Said::OfferDeclined { service } => {
                format!("The time that was kept for {service} has been given back.")
            }
            Said::Window { opens, closes } => format!("{} to {}", clock_time(*opens), clock_time(*closes)),
            Said::OpenAllDay => "open all day".into(),
            Said::Closed => "closed".into(),
            Said::ClosedFor { reason } => format!("closed ({reason})"),
            Said::ClosedUntil { last, reason: None } => format!("closed until {}", self.date(*last)),
            Said::ClosedUntil { last, reason: Some(reason) } => {
                format!("closed until {}: {reason}", self.date(*last))
            }
            Said::Holiday(holiday) => match holiday {
                Holiday::NewYear => "New Year's Day".into(),
                Holiday::GoodFriday => "Good Friday".into(),
                Holiday::EasterSunday => "Easter Sunday".into(),
                Holiday::EasterMonday => "Easter Monday".into(),
                Holiday::Christmas => "Christmas Day".into(),
                Holiday::Other => "public holiday".into(),
            },
            Said::From { first } => format!("from {}", self.date(*first)),
            Said::Until { last } => format!("until {}", self.date(*last)),
            Said::FromUntil { first, last } => {
                format!("from {} to {}", self.date(*first), self.date(*last))
            }
            Said::Service { name, lengths, price: None } => format!("{name} takes {lengths}."),
            Said::Service { name, lengths, price: Some(price) } => {
                format!("{name} takes {lengths} and costs {price}.")
            }
            Said::Length { minutes } => length(*minutes, UNITS, "and"),
            Said::PricePerPerson { price } => format!("{price} per person"),
            Said::Seats { seats } => format!("Up to {seats} people take part at the same time."),
            Said::LateChange { change, before, fee } => {
                let change = change_word(*change);
                match fee {
                    Some(fee) => format!("{change} less than {before} before costs {fee}"),
                    None => format!("{change} less than {before} before is not possible"),
                }
            }
            Said::NoShowFee { fee } => format!("not coming costs {fee}"),
            Said::AskedBefore { questions } => format!("Asked before booking: {questions}"),
            Said::Services { names } => format!("The services are {names}."),
            Said::More { count } => format!("{count} more"),
            Said::Address { address } => format!("The address is {address}"),
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
            Reason::CallTooManyWrongProofs | Reason::WrongProofsTooMany => {
                "It could not be confirmed who is calling. A person of the business takes over; offer to put the \
                 caller through or to take a message."
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
            Reason::WaitlistEntryNotFound => "That waitlist entry does not exist.",
            Reason::WaitlistEntryNotOffered => "Nothing has been offered from the waitlist yet.",
            Reason::WaitlistEntryOfferLapsed => "That time is no longer being kept.",
            Reason::WaitlistEntryAlreadyAccepted => {
                "That time has been accepted already; it is an appointment now."
            }
            Reason::WaitlistEntryEnded => "That place on the waitlist no longer exists.",
            Reason::WaitlistClosed => "It is closed at that time; ask for another day or time.",
            Reason::WaitlistBadWish => {
                "Nobody can wait for that: it cannot be booked on those days, or not like that."
            }
            Reason::Other => "That cannot be done.",
        }
    }

    fn mistake(&self, mistake: &Mistake) -> String {
        match mistake {
            Mistake::Missing(name) => format!("{name} is missing; ask the caller for it"),
            Mistake::UnknownArgument { name, known } => {
                format!("{name:?} is no argument of this tool; use {}", self.list(known, Conjunction::Or))
            }
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
            Mistake::NobodysNumber(name) => {
                format!("{name}: that number is no person's own; ask for the caller's own number")
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
            Mistake::NotWaitlistEntryId(name) => {
                format!(
                    "{name}: copy it exactly from find_appointments or join_waitlist; it begins with wle_"
                )
            }
            Mistake::NotAnswers(name) => {
                format!("{name}: give an object with each question's id and the caller's answer to it")
            }
            Mistake::NoToolCallId => "the tool call has no id; call the tool again, with one".into(),
            Mistake::NotNumber(name) => format!("{name}: it must be a whole number"),
            Mistake::WithWhom(names) => {
                format!("with: ask which one they mean: {}", self.list(names, Conjunction::Or))
            }
            Mistake::Length { offered, got } => {
                let offered: Vec<String> = offered.iter().map(u32::to_string).collect();
                format!(
                    "duration_minutes: it is offered for {} minutes, not for {got}; ask which is wanted",
                    self.list(&offered, Conjunction::Or)
                )
            }
            Mistake::Seats { max } => format!("seats: from 1 to {max} can be booked; ask for how many"),
            Mistake::NotAnObject => "the arguments are not a JSON object".into(),
            Mistake::NotJson => "the arguments are not JSON".into(),
            Mistake::Day(text) => format!("day: {text:?} is not a day; say {}", VOCABULARY.day_examples),
            Mistake::DayPassed(date) => format!("day: {} ({date}) has passed", self.date(*date)),
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
            Mistake::Contradiction { one, other } => {
                format!("{one:?} and {other:?} do not go together; ask which is meant")
            }
            Mistake::OtherWeekday { said, date } => {
                format!("day: {said:?}: that date is {}; ask which day is meant", self.date(*date))
            }
            Mistake::WhichDate { said, one, other } => {
                format!(
                    "day: {said:?} can be {} or {}; ask which is meant",
                    self.date(*one),
                    self.date(*other)
                )
            }
            Mistake::WhichTime { said, early, late } => {
                format!(
                    "time: {said:?} can be {} or {}; ask which is meant",
                    clock_time(*early),
                    clock_time(*late)
                )
            }
            Mistake::NoAppointment(said) => {
                format!(
                    "{said:?} counts from an appointment; give its appointment_id, or ask for a day and a time"
                )
            }
            Mistake::OtherClock(said) => {
                format!("time: {said:?} is not the business's clock; ask which time that is on it")
            }
            Mistake::NotWanted(said) => {
                format!("{said:?} says what is not wanted; ask which day or time is wanted")
            }
            Mistake::UnknownTool { name, tools } => format!("there is no tool {name:?}; there are {tools}"),
            Mistake::NoSlotToken => "slot_token is missing; copy it from check_availability".into(),
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
