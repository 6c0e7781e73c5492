//! Arguments of a tool call, as models fill them in.
//!
//! Models write loosely: JSON in a string or in fences, trailing commas, numbers for texts, `null` or "any"
//! for nothing, names of arguments in other spellings. What can be meant is taken. A bad argument, or one that
//! no tool takes, gets a sentence that tells the model what to do.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::booking::commands::booking::GivenAnswer;
use crate::conversations::tools::catalogue::Tool;
use crate::kernel::ids::{AppointmentId, IdError, WaitlistEntryId};
use crate::kernel::personal::Personal;
use crate::languages::when::{self, Setting};
use crate::languages::{Language, Mistake};
use crate::values::email::{BadEmail, Email};
use crate::values::nearest::nearest;
use crate::values::phone::{BadPhoneNumber, Country, PhoneNumber};
use crate::values::question::{Answer, whole_number, yes_or_no};
use crate::values::text::{BadText, Name, Note, is_invisible};
use crate::values::words::words;

/// JSON in a JSON string in a JSON string: nobody writes more.
const STRINGS_MAX: usize = 3;
/// How many brackets JSON of a model has at most. The parser of JSON5 has no bound for what is nested.
const BRACKETS_MAX: usize = 64;
/// How long what somebody wants is at most. It is compared with much.
const WISH_CHARS_MAX: usize = 500;
/// What models write for nothing.
const NOTHING: [&str; 8] =
    ["null", "none", "nil", "undefined", "n a", "unspecified", "not specified", "not provided"];
/// What models write where anything would do.
#[rustfmt::skip]
const ANYTHING: &[&str] = &[
    "all", "any", "anybody", "anyone", "anything", "cualquier", "cualquier persona", "cualquiera", "da igual",
    "does not matter", "doesnt matter", "either", "first available", "it doesnt matter", "me da igual",
    "nimporte qui", "no matter", "no preference", "no preferencia", "peu importe", "qualquer", "qualquer um",
    "quien sea", "tanto faz", "the first available", "whatever", "whichever", "whoever",
];
/// The arguments of all tools.
#[rustfmt::skip]
const ARGUMENTS: [&str; 20] = [
    "accept_fee", "accept_overlap", "answers", "appointment_id", "day", "duration_minutes", "email", "entry_id",
    "last_day", "message", "name", "note", "part_of_day", "phone_number", "reason", "seats", "service",
    "slot_token", "time", "with",
];
/// What models call an argument instead of its name.
const ALIASES: &[(&str, &[&str])] = &[
    ("day", &["date", "when", "days", "datetime", "preferred_day", "preferred_date", "start_date"]),
    ("last_day", &["last_date", "end_date"]),
    ("part_of_day", &["time_of_day", "day_part"]),
    ("time", &["start_time", "hour", "at", "preferred_time"]),
    ("service", &["service_name", "treatment"]),
    ("with", &["provider", "person", "employee", "staff"]),
    ("seats", &["people", "party_size", "guests"]),
    ("duration_minutes", &["duration", "minutes"]),
    ("name", &["full_name", "customer_name", "caller_name"]),
    ("phone_number", &["phone", "number"]),
    ("email", &["email_address"]),
    ("note", &["notes"]),
    ("message", &["text"]),
];
/// No argument is called so, and what stands there is what the caller wants.
const WISHES: [&str; 10] =
    ["after", "before", "date_range", "from", "month", "query", "time_range", "to", "until", "week"];
/// What voice platforms and their models add to the arguments of any tool.
#[rustfmt::skip]
const ADDED: &[&str] = &[
    "agent_id", "assistant_id", "business_id", "call_id", "call_sid", "caller_id", "caller_number", "confidence",
    "conversation_id", "current_date", "current_time", "execution_message", "explanation", "from_number",
    "language", "reasoning", "thinking", "thought", "thoughts", "time_zone", "to_number", "tool_call_id",
    "tool_name",
];
/// How they begin what is theirs alone.
const ADDED_PREFIXES: [&str; 2] = ["_", "system__"];
/// Telephone numbers that end with so many same digits are the same.
const NUMBER_DIGITS_MIN: usize = 7;
/// How much of a name that nobody knows is told.
const UNKNOWN_CHARS_MAX: usize = 64;

#[derive(Debug)]
pub struct Arguments<'a>(Cow<'a, Map<String, Value>>);

impl<'a> Arguments<'a> {
    pub fn of(value: &'a Value) -> Result<Self, Mistake> {
        match value {
            Value::Object(arguments) => Ok(Self(Cow::Borrowed(arguments))),
            Value::Null => Ok(Self(Cow::Owned(Map::new()))),
            Value::String(text) if text.trim().is_empty() => Ok(Self(Cow::Owned(Map::new()))),
            Value::String(text) => match unwrapped(text).ok_or(Mistake::NotJson)? {
                Value::Object(arguments) => Ok(Self(Cow::Owned(arguments))),
                Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    Err(Mistake::NotAnObject)
                }
            },
            Value::Array(values) => match values.as_slice() {
                [Value::Object(arguments)] => Ok(Self(Cow::Borrowed(arguments))),
                _ => Err(Mistake::NotAnObject),
            },
            Value::Bool(_) | Value::Number(_) => Err(Mistake::NotAnObject),
        }
    }

    /// Refuses an argument that no tool takes, where its name is near that of one or says what the caller wants:
    /// what was said in it would be dropped. Those of other tools are no mistake. Others may be somebody's own:
    /// static parameters of a tool, which no model can leave out.
    pub fn must_be_known(&self, tool: Tool) -> Result<(), Mistake> {
        let is_known = |name: &str| is_added(name) || ARGUMENTS.iter().any(|known| stands_for(name, known));
        for (name, _) in self.0.iter().filter(|(name, value)| !is_nothing(value) && !is_known(name)) {
            let taken = tool.arguments(Language::default());
            let names = taken.iter().flat_map(|of| aliases(of).chain([of.as_str()]));
            let near = nearest(name, names).and_then(|near| taken.iter().find(|of| stands_for(near, of)));
            let known = match near {
                Some(near) => vec![near.clone()],
                None if WISHES.iter().any(|wish| is_spelt_like(name, wish)) => taken,
                None => continue,
            };
            return Err(Mistake::UnknownArgument {
                name: name.chars().take(UNKNOWN_CHARS_MAX).collect(),
                known,
            });
        }
        Ok(())
    }

    /// What was given for an argument: first under its name, then under others that models give it.
    fn given(&self, name: &str) -> impl Iterator<Item = &Value> {
        let others = self.0.iter().filter(move |(given, _)| *given != name && stands_for(given, name));
        self.0.get(name).into_iter().chain(others.map(|(_, value)| value))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.given(name).find(|value| !is_nothing(value)).or_else(|| self.given(name).next())
    }

    /// All that is said for an argument, under whatever name, once.
    fn texts(&self, name: &'static str) -> Result<Vec<String>, Mistake> {
        let (mut said, mut mistake) = (Vec::<String>::new(), None);
        for value in self.given(name) {
            match text(name, value) {
                Ok(more) => said.extend(more.filter(|more| !said.contains(more))),
                Err(error) => mistake = mistake.or(Some(error)),
            }
        }
        // What another name holds may be something else: `people` may be their names.
        mistake.filter(|_| said.is_empty()).map_or(Ok(said), Err)
    }

    /// A text, if there is one. Under several names it has to be the same.
    pub fn text(&self, name: &'static str) -> Result<Option<String>, Mistake> {
        let mut texts = self.texts(name)?.into_iter();
        let Some(first) = texts.next() else { return Ok(None) };
        texts.try_fold(first, fuller).map(Some)
    }

    /// A text that narrows what is looked for, if there is one that does. All that was said for it counts.
    pub fn wish(&self, name: &'static str) -> Result<Option<String>, Mistake> {
        let mut said = self.texts(name)?;
        said.retain(|text| !ANYTHING.contains(&words(text).join(" ").as_str()));
        let got = said.iter().map(|text| text.chars().count()).sum();
        if got > WISH_CHARS_MAX {
            return Err(Mistake::BadText { name, reason: BadText::TooLong { max: WISH_CHARS_MAX, got } });
        }
        Ok(Some(said.join(", ")).filter(|said| !said.is_empty()))
    }

    /// Something that was to be copied, if there is something: models put it in quotes.
    pub fn copied(&self, name: &'static str) -> Result<Option<String>, Mistake> {
        let is_around =
            |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>');
        let copied = self.text(name)?.map(|text| text.trim_matches(is_around).to_owned());
        Ok(copied.filter(|copied| !copied.is_empty()))
    }

    fn parsed<T: PartialEq, E>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
        mistake: impl FnOnce(E) -> Mistake,
    ) -> Result<Option<T>, Mistake> {
        let texts = self.texts(name)?;
        let mut parsed: Vec<T> = texts.iter().filter_map(|text| parse(text).ok()).collect();
        parsed.dedup();
        match (parsed.pop(), parsed.is_empty()) {
            (Some(one), true) => Ok(Some(one)),
            _ => self.text(name)?.map(|text| parse(&text).map_err(mistake)).transpose(),
        }
    }

    /// True or false; false if nothing is said.
    pub fn flag(&self, name: &'static str) -> Result<bool, Mistake> {
        match self.get(name) {
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::Object(_) | Value::Array(_)) => Err(Mistake::NotYesNo(name)),
            _ => match self.text(name)? {
                None => Ok(false),
                Some(text) => yes_or_no(&text).ok_or(Mistake::NotYesNo(name)),
            },
        }
    }

    /// A whole number, if there is one.
    pub fn number(&self, name: &'static str) -> Result<Option<u32>, Mistake> {
        let read = |text: &str| whole_number(text).and_then(|number| u32::try_from(number).ok()).ok_or(());
        self.parsed(name, read, |()| Mistake::NotNumber(name))
    }

    /// A length of time in whole minutes, if there is one: a number, or in words.
    pub fn minutes(&self, name: &'static str, setting: &Setting<'_>) -> Result<Option<u32>, Mistake> {
        let number = |text: &str| whole_number(text).and_then(|number| u32::try_from(number).ok());
        let read = |text: &str| match text.contains(char::is_alphabetic) {
            true => when::minutes(text, setting),
            false => number(text),
        };
        self.parsed(name, |text| read(text).ok_or(()), |()| Mistake::NotNumber(name))
    }

    /// Answers by the ids of their questions, without empty ones: an object, or a list of questions with
    /// their answers.
    pub fn answers(&self, name: &'static str) -> Result<Vec<GivenAnswer>, Mistake> {
        let given = match self.get(name) {
            Some(Value::String(text)) if !stands_for_nothing(text) => {
                Cow::Owned(unwrapped(text).ok_or(Mistake::NotAnswers(name))?)
            }
            None | Some(Value::String(_)) => return Ok(vec![]),
            Some(value) => Cow::Borrowed(value),
        };
        let pairs: Vec<(&str, &Value)> = match given.as_ref() {
            Value::Null => vec![],
            Value::Object(answers) => answers.iter().map(|(id, answer)| (id.as_str(), answer)).collect(),
            Value::Array(answers) => answers
                .iter()
                .map(question_and_answer)
                .collect::<Option<_>>()
                .ok_or(Mistake::NotAnswers(name))?,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(Mistake::NotAnswers(name)),
        };
        let given = pairs.into_iter().map(|(id, value)| {
            let answer = answer(value).map_err(|reason| Mistake::BadText { name, reason })?;
            Ok(answer.map(|answer| GivenAnswer {
                question_id: id.to_owned(),
                answer: Personal::in_command(answer),
            }))
        });
        given.filter_map(Result::transpose).collect()
    }

    pub fn name(&self, name: &'static str) -> Result<Option<Name>, Mistake> {
        self.parsed(name, Name::parse, |reason| Mistake::BadText { name, reason })
    }

    pub fn note(&self, name: &'static str) -> Result<Option<Note>, Mistake> {
        let said = Some(self.texts(name)?.join(" ")).filter(|said| !said.is_empty());
        said.map(|text| Note::parse(&text).map_err(|reason| Mistake::BadText { name, reason })).transpose()
    }

    pub fn phone(
        &self,
        name: &'static str,
        dialled_from: Option<Country>,
    ) -> Result<Option<PhoneNumber>, Mistake> {
        self.parsed(
            name,
            |text| PhoneNumber::parse(text, dialled_from),
            |error| match error {
                BadPhoneNumber::NotANumber => Mistake::NotPhoneNumber(name),
                BadPhoneNumber::Extension => Mistake::PhoneExtension(name),
            },
        )
    }

    pub fn email(&self, name: &'static str) -> Result<Option<Email>, Mistake> {
        self.parsed(name, str::parse, |_: BadEmail| Mistake::NotEmail(name))
    }

    pub fn appointment_id(&self, name: &'static str) -> Result<Option<AppointmentId>, Mistake> {
        let copied = self.copied(name)?;
        copied.map(|id| id.parse().map_err(|_: IdError| Mistake::NotAppointmentId(name))).transpose()
    }

    pub fn waitlist_entry_id(&self, name: &'static str) -> Result<WaitlistEntryId, Mistake> {
        let copied = self.copied(name)?.unwrap_or_default();
        copied.parse().map_err(|_: IdError| Mistake::NotWaitlistEntryId(name))
    }

    pub fn required_appointment_id(&self, name: &'static str) -> Result<AppointmentId, Mistake> {
        self.appointment_id(name)?.ok_or(Mistake::NotAppointmentId(name))
    }
}

/// The one of two that says what the other one does, and perhaps more: "Ana López" of "Ana", a number with its
/// country of the same without it.
fn fuller(one: String, other: String) -> Result<String, Mistake> {
    let says_all_of = |more: &str, less: &str| {
        let digits = |text: &str| -> Option<String> {
            let is_number = !text.contains(|letter: char| letter.is_alphabetic() || letter == '@');
            is_number.then(|| text.chars().filter(char::is_ascii_digit).collect())
        };
        let (of_more, of_less) = (words(more), words(less));
        let is_number = digits(more)
            .zip(digits(less))
            .is_some_and(|(more, less)| less.len() >= NUMBER_DIGITS_MIN && more.ends_with(&less));
        is_number || of_less.iter().all(|word| of_more.contains(word))
    };
    if says_all_of(&one, &other) {
        Ok(one)
    } else if says_all_of(&other, &one) {
        Ok(other)
    } else {
        Err(Mistake::Contradiction { one, other })
    }
}

fn aliases(name: &str) -> impl Iterator<Item = &str> {
    ALIASES.iter().filter(move |(of, _)| *of == name).flat_map(|(_, aliases)| aliases.iter().copied())
}

/// Whether an argument is given under a name: its own or another one, however it is spelt.
fn stands_for(given: &str, name: &str) -> bool {
    is_spelt_like(given, name) || aliases(name).any(|alias| is_spelt_like(given, alias))
}

/// `slotToken` and `slot-token` are `slot_token`.
fn is_spelt_like(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    letters(one).eq(letters(other))
}

fn is_added(name: &str) -> bool {
    ADDED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || ADDED.iter().any(|added| is_spelt_like(name, added))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => stands_for_nothing(text),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a text is empty, a word for nothing, or marks alone. 👍 is something.
fn stands_for_nothing(text: &str) -> bool {
    let words = words(text);
    let is_mark = |letter: char| {
        letter.is_ascii()
            || letter.is_whitespace()
            || is_invisible(letter)
            || matches!(letter, '\u{2010}'..='\u{205e}' | '¡' | '¿' | '·')
    };
    if words.is_empty() { text.chars().all(is_mark) } else { NOTHING.contains(&words.join(" ").as_str()) }
}

/// The text in a value, if there is one.
fn text(name: &'static str, value: &Value) -> Result<Option<String>, Mistake> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        // A model's 3001112233.0 is no longer number.
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::Array(values) => match values.as_slice() {
            [] => return Ok(None),
            [Value::String(text)] => text.trim().to_owned(),
            _ => return Err(Mistake::NotText(name)),
        },
        Value::Bool(_) | Value::Object(_) => return Err(Mistake::NotText(name)),
    };
    Ok(Some(text).filter(|text| !stands_for_nothing(text)))
}

/// The JSON in a text, whatever is around it.
fn unwrapped(text: &str) -> Option<Value> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..STRINGS_MAX {
        match parsed(without_fences(text.trim()))? {
            Value::String(inner) => text = Cow::Owned(inner),
            value => return Some(value),
        }
    }
    None
}

/// As JSON, or as what is nearly JSON.
fn parsed(text: &str) -> Option<Value> {
    let nearly = || {
        let brackets = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
        (brackets <= BRACKETS_MAX).then(|| json5::from_str(text).ok()).flatten()
    };
    serde_json::from_str(text).ok().or_else(nearly)
}

/// What stands within a block of code in Markdown.
fn without_fences(text: &str) -> &str {
    let Some(fenced) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else {
        return text;
    };
    fenced.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric()).trim()
}

/// `{"question_id": "brand", "answer": "Honda"}`
fn question_and_answer(value: &Value) -> Option<(&str, &Value)> {
    let one = value.as_object()?;
    let id = ["question_id", "id", "question"].iter().find_map(|key| one.get(*key)?.as_str())?;
    let answer = ["answer", "value"].iter().find_map(|key| one.get(*key))?;
    Some((id, answer))
}

/// An answer in any form, if there is one.
fn answer(value: &Value) -> Result<Option<Answer>, BadText> {
    match value {
        Value::Bool(yes) => Ok(Some(Answer::YesNo(*yes))),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Ok(Some(Answer::Number(number))),
            None => Note::parse(&number.to_string()).map(|text| Some(Answer::Text(text))),
        },
        Value::String(text) if stands_for_nothing(text) => Ok(None),
        Value::String(text) => Note::parse(text).map(|text| Some(Answer::Text(text))),
        Value::Array(values) => match values.as_slice() {
            [one @ (Value::String(_) | Value::Number(_) | Value::Bool(_))] => answer(one),
            _ => Ok(None),
        },
        Value::Null | Value::Object(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::values::hours::Schedule;
    use crate::values::time::Zone;

    #[test]
    fn arguments_are_read_as_models_write_them() {
        let value = json!({ "name": "  Ada ", "phone_number": 573001234567_i64, "note": null, "email": "", "extra": [1] });
        let arguments = Arguments::of(&value).expect("an object");
        assert_eq!(arguments.text("name"), Ok(Some("Ada".into())));
        assert_eq!(arguments.text("phone_number"), Ok(Some("573001234567".into())));
        assert_eq!((arguments.note("note"), arguments.email("email")), (Ok(None), Ok(None)));
        assert!(arguments.text("extra").is_err());
        assert_eq!(arguments.phone("phone_number", None), Err(Mistake::NotPhoneNumber("phone_number")));
    }

    #[test]
    fn what_stands_under_several_names_holds_together_or_is_asked() {
        let given = json!({
            "name": "Ana", "full_name": "Ana López", "phone": "+1 212 555 0100", "phone_number": "(212) 555-0100",
            "seats": 2, "people": 12, "message": "call me", "text": "it is urgent", "email": "a@b.co",
            "email_address": "c@b.co",
        });
        let arguments = Arguments::of(&given).expect("an object");
        assert_eq!(arguments.text("name"), Ok(Some("Ana López".into())));
        assert_eq!(arguments.text("phone_number"), Ok(Some("+1 212 555 0100".into())));
        let contradiction =
            |one: &str, other: &str| Mistake::Contradiction { one: one.into(), other: other.into() };
        assert_eq!(arguments.number("seats"), Err(contradiction("2", "12")));
        assert_eq!(arguments.email("email"), Err(contradiction("a@b.co", "c@b.co")));
        let note = arguments.note("message").expect("a note").expect("something");
        assert_eq!(note.as_str(), "call me it is urgent");
        // The same in other words, or something else beside it.
        let given = json!({ "seats": 2, "guests": "2.0", "people": ["Ana", "Ben"], "email": "juan3001234567@x.co",
            "email_address": "pedro3001234567@x.co", "duration_minutes": 60, "duration": "1 hour" });
        let arguments = Arguments::of(&given).expect("an object");
        assert_eq!(arguments.number("seats"), Ok(Some(2)));
        assert!(matches!(arguments.email("email"), Err(Mistake::Contradiction { .. })));
        let schedule = Schedule::default();
        let setting = Setting {
            now: DateTime::UNIX_EPOCH,
            zone: "UTC".parse::<Zone>().expect("a zone"),
            language: Language::default(),
            country: None,
            schedule: &schedule,
            moving: None,
            is_typed: false,
        };
        assert_eq!(arguments.minutes("duration_minutes", &setting), Ok(Some(60)));
    }

    #[test]
    fn json_is_taken_from_strings_fences_and_what_is_nearly_json() {
        let object = json!({ "name": "Ada" });
        for given in [
            object.clone(),
            json!(object.to_string()),
            json!(json!(object.to_string()).to_string()),
            json!("```json\n{\"name\": \"Ada\"}\n```"),
            json!("``` {\"name\": \"Ada\"} ```"),
            json!("{\"name\": \"Ada\",}"),
            json!("{'name': 'Ada'}"),
            json!("{name: \"Ada\"}"),
            json!([object]),
        ] {
            let arguments = Arguments::of(&given).unwrap_or_else(|mistake| panic!("{given}: {mistake:?}"));
            assert_eq!(arguments.text("name"), Ok(Some("Ada".into())), "{given}");
        }
        for nothing in [json!(null), json!(""), json!("{}"), json!(" ")] {
            assert_eq!(Arguments::of(&nothing).expect("no arguments").text("name"), Ok(None));
        }
        let deep = "[".repeat(100_000);
        for (given, mistake) in [
            (json!("{\"name\": "), Mistake::NotJson),
            (json!(deep), Mistake::NotJson),
            (json!("Ada"), Mistake::NotJson),
            (json!("7"), Mistake::NotAnObject),
            (json!([]), Mistake::NotAnObject),
            (json!(true), Mistake::NotAnObject),
        ] {
            assert_eq!(Arguments::of(&given).map(|_| ()), Err(mistake), "{given}");
        }
    }

    #[test]
    fn whatever_stands_for_nothing_is_nothing() {
        for nothing in [
            json!(null),
            json!("null"),
            json!("None"),
            json!("N/A"),
            json!(" "),
            json!([]),
            json!("undefined"),
        ] {
            let value = json!({ "service": nothing, "accept_fee": nothing, "answers": nothing });
            let arguments = Arguments::of(&value).expect("an object");
            assert_eq!(arguments.text("service"), Ok(None), "{value}");
            if !nothing.is_array() {
                assert_eq!(arguments.flag("accept_fee"), Ok(false), "{value}");
            }
            assert_eq!(arguments.answers("answers"), Ok(vec![]), "{value}");
        }
        let value = json!({ "service": "Any", "name": "Any" });
        let arguments = Arguments::of(&value).expect("an object");
        assert_eq!((arguments.wish("service"), arguments.text("name")), (Ok(None), Ok(Some("Any".into()))));
        for anybody in ["It doesn't matter", "n'importe qui", "Tanto faz", "quien sea"] {
            let value = json!({ "with": anybody });
            assert_eq!(Arguments::of(&value).expect("an object").wish("with"), Ok(None), "{anybody}");
        }
        let value = json!({ "date": "tomorrow", "start_time": null, "time": "4 pm" });
        let arguments = Arguments::of(&value).expect("an object");
        let text = |name| arguments.text(name).expect("a text");
        assert_eq!((text("day").as_deref(), text("time").as_deref()), (Some("tomorrow"), Some("4 pm")));
    }

    #[test]
    fn an_argument_is_known_however_its_name_is_spelt() {
        for given in ["slot_token", "slotToken", "Slot-Token", "SLOT_TOKEN", "slot token", "slottoken"] {
            let value = json!({ given: "abc" });
            let arguments = Arguments::of(&value).expect("an object");
            assert_eq!(arguments.text("slot_token"), Ok(Some("abc".into())), "{given}");
            assert_eq!(arguments.must_be_known(Tool::BookAppointment), Ok(()), "{given}");
        }
        // Nothing of what was said is dropped, and nothing that is null hides it.
        let value = json!({ "day": "friday", "dateTime": "3 pm", "Date": "friday", "preferred_time": null });
        let arguments = Arguments::of(&value).expect("an object");
        assert_eq!(
            (arguments.wish("day"), arguments.wish("time")),
            (Ok(Some("friday, 3 pm".into())), Ok(None))
        );
        let value = json!({ "name": null, "full_name": "Ada" });
        assert_eq!(Arguments::of(&value).expect("an object").text("name"), Ok(Some("Ada".into())));
    }

    #[test]
    fn an_argument_that_no_tool_takes_is_named_with_the_one_that_was_meant() {
        let asked = |value: Value| {
            let arguments = Arguments::of(&value).expect("an object");
            match arguments.must_be_known(Tool::CheckAvailability) {
                Err(Mistake::UnknownArgument { name, known }) => Some((name, known.join(" "))),
                Ok(()) => None,
                Err(other) => panic!("{value}: {other:?}"),
            }
        };
        let all = "appointment_id day duration_minutes part_of_day seats service time with";
        for (name, known) in [
            ("from", all),
            ("To", all),
            ("until", all),
            ("dya", "day"),
            ("wished_day", "day"),
            ("favourite_staff", "with"),
            ("service_category", "service"),
            ("duration_in_minutes", "duration_minutes"),
        ] {
            assert_eq!(asked(json!({ name: "x" })), Some((name.into(), known.into())), "{name}");
            assert_eq!(asked(json!({ name: null, "day": "friday" })), None, "{name}");
            assert_eq!(asked(json!({ name: " ", "Day": "n/a" })), None, "{name}");
        }
        for added in [
            "branch",
            "colour",
            "reason",
            "thought",
            "execution_message",
            "tool-call-id",
            "_meta",
            "system__caller_id",
            "email",
        ] {
            assert_eq!(asked(json!({ added: "x" })), None, "{added}");
        }
    }

    #[test]
    fn the_arguments_are_those_of_all_tools() {
        let mut all: Vec<String> = Tool::all().flat_map(|tool| tool.arguments(Language::default())).collect();
        all.sort();
        all.dedup();
        assert_eq!(all, ARGUMENTS);
        for (name, aliases) in ALIASES {
            assert!(ARGUMENTS.contains(name), "{name}");
            for alias in *aliases {
                let meant = ARGUMENTS.iter().filter(|known| stands_for(alias, known));
                assert_eq!(meant.collect::<Vec<_>>(), [name], "{alias}");
            }
        }
    }

    #[test]
    fn a_picture_is_a_message() {
        let value = json!({ "message": "👍", "note": "…", "name": "—" });
        let arguments = Arguments::of(&value).expect("an object");
        assert_eq!(arguments.note("message"), Ok(Note::parse("👍").ok()));
        assert_eq!((arguments.note("note"), arguments.name("name")), (Ok(None), Ok(None)));
    }

    #[test]
    fn flags_and_copies_are_taken_in_every_form() {
        for (given, expected) in [
            (json!(true), Ok(true)),
            (json!("true"), Ok(true)),
            (json!("Yes"), Ok(true)),
            (json!("sí"), Ok(true)),
            (json!(1), Ok(true)),
            (json!("no"), Ok(false)),
            (json!(0), Ok(false)),
            (json!("perhaps"), Err(Mistake::NotYesNo("accept_fee"))),
            (json!({}), Err(Mistake::NotYesNo("accept_fee"))),
        ] {
            let value = json!({ "accept_fee": given });
            assert_eq!(Arguments::of(&value).expect("an object").flag("accept_fee"), expected, "{value}");
        }
        let value = json!({ "slot_token": " `\"abc\"` ", "other": "''" });
        let arguments = Arguments::of(&value).expect("an object");
        assert_eq!(arguments.copied("slot_token"), Ok(Some("abc".into())));
        assert_eq!(arguments.copied("other"), Ok(None));
    }

    #[test]
    fn a_length_is_a_number_of_minutes_or_said_in_words() {
        let schedule = Schedule::default();
        let read = |language: &str, given: Value| {
            let setting = Setting {
                now: DateTime::UNIX_EPOCH,
                zone: Zone::UTC,
                language: language.parse().expect("a language"),
                country: None,
                schedule: &schedule,
                moving: None,
                is_typed: false,
            };
            let value = json!({ "duration": given });
            Arguments::of(&value).expect("an object").minutes("duration_minutes", &setting)
        };
        for (language, text, minutes) in [
            ("en", "90", 90),
            ("en", "90 min", 90),
            ("en", "2 hours", 120),
            ("en", "two hours, please", 120),
            ("en", "an hour and a half", 90),
            ("en", "one and a half hours", 90),
            ("en", "about half an hour", 30),
            ("en", "1.5 hours", 90),
            ("en", ".5 hours", 30),
            ("en", "a 90-minute appointment", 90),
            ("en", "1.5-hour", 90),
            ("en", "1h30", 90),
            ("en", "1 hour 15 minutes", 75),
            ("en", "three quarters of an hour", 45),
            ("en", "forty-five minutes", 45),
            ("en", "a hundred and twenty minutes", 120),
            ("es", "hora y media", 90),
            ("es", "una hora y media", 90),
            ("es", "dos horas y cuarto", 135),
            ("es", "media hora", 30),
            ("es", "1,5 horas", 90),
            ("es", "2.25 horas", 135),
            ("pt", "1,5 hora", 90),
            ("pt", "0,75 h", 45),
            ("fr", "1,5 heure", 90),
            ("fr", "2,5 heures", 150),
            ("es", "noventa minutos", 90),
            ("es", "120 minutos", 120),
            ("pt", "uma hora e meia", 90),
            ("pt", "duas horas", 120),
            ("pt", "um quarto de hora", 15),
            ("pt", "1h30min", 90),
            ("fr", "1h30", 90),
            ("fr", "une heure et demie", 90),
            ("fr", "deux heures", 120),
            ("fr", "une demi-heure", 30),
            ("fr", "trois quarts d'heure", 45),
            ("fr", "quatre-vingt-dix minutes", 90),
            ("fr", "1 hour", 60),
        ] {
            assert_eq!(read(language, json!(text)), Ok(Some(minutes)), "{language}: {text}");
        }
        assert_eq!((read("en", json!(90)), read("en", json!(90.0))), (Ok(Some(90)), Ok(Some(90))));
        assert_eq!((read("en", json!(null)), read("en", json!("none"))), (Ok(None), Ok(None)));
        for text in
            ["long", "one to two hours", "2 days", "2 hours or 3", "not an hour", "-5", "1.3 hours", "hours"]
        {
            assert_eq!(read("en", json!(text)), Err(Mistake::NotNumber("duration_minutes")), "{text}");
        }
    }

    #[test]
    fn answers_are_an_object_a_list_or_a_text_of_either() {
        let object = json!({ "km": 12000.0, "brand": "Honda", "empty": "null" });
        let list = json!([{ "question_id": "km", "answer": 12000.0 }, { "id": "brand", "value": "Honda" }, { "question": "empty", "answer": null }]);
        for given in [object.clone(), json!(object.to_string()), list.clone(), json!(list.to_string())] {
            let value = json!({ "answers": given });
            let mut answers: Vec<(String, String)> = Arguments::of(&value)
                .expect("an object")
                .answers("answers")
                .expect("answers")
                .into_iter()
                .map(|given| (given.question_id, given.answer.known().expect("known").to_string()))
                .collect();
            answers.sort();
            assert_eq!(
                answers,
                [("brand".into(), "Honda".into()), ("km".into(), "12000.0".into())],
                "{value}"
            );
        }
        for bad in [json!("Honda"), json!(["Honda"]), json!(7)] {
            let value = json!({ "answers": bad });
            assert_eq!(
                Arguments::of(&value).expect("an object").answers("answers"),
                Err(Mistake::NotAnswers("answers"))
            );
        }
    }
}
