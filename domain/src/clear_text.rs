//! What is said stays encrypted: in all that the log records, a text that somebody can write freely is
//! `Personal`, or stands in [`CLEAR`] with the reason why not.
//!
//! It goes by the JSON schemas of all events and commands, so a new field is looked at without anybody
//! thinking of it.

use std::collections::BTreeSet;

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::command_registry::COMMANDS;
use crate::kernel::personal::Personal;
use crate::registry::AGGREGATES;

/// Formats that leave no room for words.
const FORMATS: [&str; 4] = ["uuid", "date", "date-time", "partial-date-time"];
/// How the ids of the product end.
const ID_DIGITS: &str = "_[0-7][0-9a-hjkmnp-tv-z]{25}$";
/// Types whose texts are of a list or a form that somebody else has drawn up.
const VALUES: [&str; 8] =
    ["Code", "Country", "Currency", "HolidayCalendar", "Language", "RecurrenceRule", "TimeOfDay", "Zone"];

/// Texts that stand in clear, and why they may.
const CLEAR: &[(&str, &str)] = &[
    // What a business says about itself and what it offers.
    ("AddChannel.name", "what a business calls its own channel"),
    ("AnswerKind::choice.options", "what a business offers to be chosen"),
    ("Answered.question", "what a business asks, as it was asked; the answer is Personal"),
    ("BusinessEvent::BusinessDateOverrideSet.reason", "why a business has other hours"),
    ("BusinessProfile.address", "where a business is found"),
    ("BusinessProfile.handover_number", "the number at which a business takes calls over"),
    ("BusinessProfile.allowed_origins", "where a business has its pages"),
    ("BusinessProfile.name", "the name of a business"),
    ("ChannelDetails.name", "what a business calls its own channel"),
    ("Closure.name", "why a business is closed, for its customers"),
    ("Issue.name", "what a business calls a program that it gives a key to"),
    ("IssueApiKey.name", "what a business calls a program that it gives a key to"),
    ("LegacyChannel.name", "what a business calls its own channel"),
    ("Question.text", "what a business asks"),
    // What a business calls what is its own.
    ("ChapterEvent::LabelAdded.label", "what a business calls a kind of conversation"),
    ("ChapterEvent::LabelRemoved.label", "what a business calls a kind of conversation"),
    ("Charge::person.handle", "what a business calls somebody who works there"),
    ("Charge::team.name", "what a business calls a team of its own"),
    ("Charging.add_label.label", "what a business calls a kind of conversation"),
    ("Charging.remove_label.label", "what a business calls a kind of conversation"),
    ("Situation.labels", "what a business calls a kind of conversation"),
    ("ResourceDetails.name", "what a business lets its customers choose: a room, or who works there"),
    ("ServiceDetails.description", "what a business offers"),
    ("ServiceDetails.name", "what a business offers"),
    ("SetBusinessDateOverride.reason", "why a business has other hours"),
    // What is decided about the machinery. Whoever writes it is told that it stands in clear.
    ("DeliveryEvent::DeliverySkipped.reason", "why a message of a platform was given up"),
    ("DiscardJob.reason", "why a job was given up"),
    ("EffectEvent::EffectDiscarded.reason", "why a job was given up"),
    ("SkipWebhook.reason", "why a message of a platform was given up"),
    // Our own words.
    ("Conflict.detail", "the rule that a time breaks; none of them repeats what somebody said"),
    ("Conflict.slug", "a name of ours for a rule"),
    ("DeliveryEvent::DeliveryIgnored.reason", "a sentence of ours"),
    ("DeliveryEvent::DeliveryParked.error", "a sentence of ours, which repeats nothing of the message"),
    ("LocalTime.tzdb", "the version of the tz database"),
    ("Origin.job", "the name of a job in the code"),
    ("Origin.policy", "the name of a policy in the code"),
    ("ReceiveWebhook.ignore", "a sentence of ours"),
    ("Translation.impossible.error", "a sentence of ours, which repeats nothing of the message"),
    ("Translation.nothing.reason", "a sentence of ours"),
    // Ids and names that are not ours.
    ("Actor.id", "the id of a key, a call or a part of the product"),
    ("AddChannel.assistant_id", "a platform's id of an assistant of the business"),
    ("AddChannel.provider", "the name of a provider in the code"),
    ("Answered.question_id", "a name for programs: lower case letters, digits and underscores"),
    ("CallEvent::ToolAnswered.tool_call_id", "a platform's id of a tool call"),
    ("CallStart.provider", "the name of a provider in the code"),
    ("CallStart.provider_call_id", "a platform's id of a call"),
    ("ChannelDetails.assistant_id", "a platform's id of an assistant of the business"),
    ("ChannelDetails.provider", "the name of a provider in the code"),
    ("ChannelNumber.value", "a number or id of the business at a platform"),
    ("GivenAnswer.question_id", "a name for programs: lower case letters, digits and underscores"),
    ("HmacScheme.payload_format", "what a platform signs, set up by the business"),
    ("HmacScheme.signature_header", "the name of a header, set up by the business"),
    ("HmacScheme.signature_prefix", "what stands before a signature, set up by the business"),
    ("HmacScheme.timestamp_header", "the name of a header, set up by the business"),
    ("LegacyChannel.assistant_id", "a platform's id of an assistant of the business"),
    ("LegacyChannel.provider", "the name of a provider in the code"),
    ("Question.id", "a name for programs: lower case letters, digits and underscores"),
    ("Receipt.message_type", "a platform's name for a kind of message, one word"),
    ("Receipt.provider", "the name of a provider in the code"),
    ("ToolCall.id", "a platform's id of a tool call"),
    // Hashes, and what is encrypted otherwise.
    ("Authentication::bearer.hash", "a keyed hash"),
    ("Authentication::hmac.sealed_key", "encrypted with a secret of the deployment"),
    ("Authentication::secret.hash", "a keyed hash"),
    ("Authentication::signature.sealed_keys", "encrypted with a secret of the deployment"),
    ("FeedIssue.secret_hash", "a keyed hash"),
    ("Issue.secret_hash", "a keyed hash"),
    ("IssueApiKey.secret_hash", "a keyed hash"),
    ("IssueCalendarFeed.secret_hash", "a keyed hash"),
    ("Receipt.body_sha256", "a digest of the body, which is kept encrypted"),
    ("RequestEvent::RequestAnswered.fingerprint", "a digest of the request"),
];

/// A text, by its place: the type that has the field, and the field.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Leaf {
    place: String,
    /// Whether there is no room for words in it.
    bounded: bool,
}

/// Goes through a schema.
struct Walk<'a> {
    root: &'a Value,
    seen: BTreeSet<String>,
    leaves: BTreeSet<Leaf>,
}

/// Every text of a schema.
fn leaves(root: &Value) -> BTreeSet<Leaf> {
    let mut walk = Walk { root, seen: BTreeSet::new(), leaves: BTreeSet::new() };
    let title = root["title"].as_str().unwrap_or_default().to_owned();
    walk.schema(root, &title, None);
    walk.leaves
}

impl Walk<'_> {
    /// `named`: the name of the type, where it has one.
    fn schema(&mut self, schema: &Value, place: &str, named: Option<&str>) {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.reference(reference, place);
        }
        for part in ["oneOf", "anyOf", "allOf"] {
            for schema in schema[part].as_array().into_iter().flatten() {
                let variant =
                    schema.pointer("/properties/type/const").or(schema.pointer("/properties/kind/const"));
                let variant = variant.and_then(Value::as_str).map(|name| format!("{place}::{name}"));
                self.schema(schema, variant.as_deref().unwrap_or(place), named);
            }
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            self.schema(schema, &format!("{place}.{name}"), None);
        }
        for schema in
            [&schema["items"]].into_iter().chain(schema["prefixItems"].as_array().into_iter().flatten())
        {
            if !schema.is_null() {
                self.schema(schema, place, named);
            }
        }
        if schema["additionalProperties"].is_object() || schema["patternProperties"].is_object() {
            self.map(schema, place);
        }
        if is_text(schema) || is_anything(schema) {
            let bounded = is_text(schema) && is_bounded(schema, named);
            self.leaves.insert(Leaf { place: place.to_owned(), bounded });
        }
    }

    fn reference(&mut self, reference: &str, place: &str) {
        let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
        let definition = &self.root["$defs"][&name];
        if *definition == personal() {
            return;
        }
        if is_text(definition) {
            self.schema(definition, place, Some(&name));
        } else if self.seen.insert(name.clone()) {
            self.schema(definition, &name, Some(&name));
        }
    }

    /// Names of one kind, with values of one type. The names are texts, too.
    fn map(&mut self, schema: &Value, place: &str) {
        for (pattern, value) in schema["patternProperties"].as_object().into_iter().flatten() {
            self.leaves.insert(Leaf { place: format!("{place}{{}}"), bounded: pattern.contains("\\d") });
            self.schema(value, place, None);
        }
        if schema["additionalProperties"].is_object() {
            self.leaves.insert(Leaf { place: format!("{place}{{}}"), bounded: false });
            self.schema(&schema["additionalProperties"], place, None);
        }
    }
}

/// The stored form of a personal leaf, whatever is in it.
fn personal() -> Value {
    let schema = schema_for!(Vec<Personal<()>>);
    schema.as_value()["$defs"]["Personal"].clone()
}

fn is_text(schema: &Value) -> bool {
    let kinds = &schema["type"];
    kinds == "string" || kinds.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "string"))
}

/// Nothing is said of what it may be.
fn is_anything(schema: &Value) -> bool {
    let says_nothing =
        |name: &String| ["description", "title", "default", "$schema", "$defs"].contains(&name.as_str());
    *schema == Value::Bool(true) || schema.as_object().is_some_and(|schema| schema.keys().all(says_nothing))
}

fn is_bounded(schema: &Value, named: Option<&str>) -> bool {
    let is = |name: &str, known: &dyn Fn(&str) -> bool| schema[name].as_str().is_some_and(known);
    schema["const"].is_string()
        || schema["enum"].is_array()
        || is("format", &|format| FORMATS.contains(&format))
        || is("pattern", &|pattern| pattern.starts_with('^') && pattern.ends_with(ID_DIGITS))
        || named.is_some_and(|name| VALUES.contains(&name))
}

/// The texts of all that is recorded.
fn recorded() -> BTreeSet<Leaf> {
    let events = AGGREGATES.iter().map(|aggregate| (aggregate.event_schema)());
    let commands = COMMANDS.iter().map(|command| (command.schema)());
    events.chain(commands).flat_map(|schema| leaves(schema.as_value())).collect()
}

fn unbounded() -> BTreeSet<String> {
    recorded().into_iter().filter(|leaf| !leaf.bounded).map(|leaf| leaf.place).collect()
}

#[test]
fn no_text_that_somebody_can_write_freely_is_recorded_in_clear() {
    let listed: BTreeSet<String> = CLEAR.iter().map(|(place, _)| (*place).to_owned()).collect();
    let found = unbounded();
    let unlisted: Vec<_> = found.difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "these stand in clear in the log for ever: make them Personal, or give them a type of an id, a list \
         or a form; what a business says about itself is listed in CLEAR with the reason: {unlisted:#?}"
    );
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "these are in CLEAR and nowhere else: {gone:?}");
    for (place, reason) in CLEAR {
        assert!(reason.len() > 10, "{place} has no reason");
    }
}

/// Were a walk to pass something over, the test above would prove nothing.
#[test]
fn a_new_text_is_found_wherever_it_stands() {
    use std::collections::BTreeMap;

    use chrono::{DateTime, NaiveDate, Utc};

    use crate::kernel::ids::CustomerId;
    use crate::values::text::Note;
    use crate::values::time::Zone;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is wanted")]
    struct Part {
        deep: Option<Note>,
        pair: (u8, String),
    }

    #[derive(JsonSchema)]
    #[serde(tag = "type")]
    #[expect(dead_code, reason = "only its schema is wanted")]
    enum Event {
        Said { words: String, hidden: Personal<String>, hidden_too: Option<Vec<Personal<Note>>> },
        Kept { id: CustomerId, at: DateTime<Utc>, dates: Vec<NaiveDate>, zone: Zone, count: u8 },
        Named { names: BTreeMap<String, u8>, parts: Vec<Part>, anything: Value },
    }

    let schema = schema_for!(Event);
    let found: Vec<String> =
        leaves(schema.as_value()).into_iter().filter(|leaf| !leaf.bounded).map(|leaf| leaf.place).collect();
    let expected =
        ["Event::Named.anything", "Event::Named.names{}", "Event::Said.words", "Part.deep", "Part.pair"];
    assert_eq!(found, expected);
}
