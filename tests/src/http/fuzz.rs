//! Whatever a model sends, it is answered with a sentence.
//!
//! `FRONTDESK_TEST_TOOL_CALLS` says how many; a few hundred unless it is set.

use frontdesk_domain::conversations::tools::catalogue::Tool;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::support::app::{Garage, TestApp, tool_call};
use crate::support::process::morning;

const ARGUMENTS: [&str; 20] = [
    "service",
    "day",
    "last_day",
    "part_of_day",
    "time",
    "name",
    "phone_number",
    "email",
    "note",
    "answers",
    "slot_token",
    "appointment_id",
    "reason",
    "accept_fee",
    "accept_overlap",
    "message",
    "with",
    "seats",
    "duration_minutes",
    "extra",
];
const WORDS: [&str; 28] = [
    "tomorrow",
    "next friday at 3",
    "mañana por la tarde",
    "the 31st of february",
    "2026-11-24T25:00:00Z",
    "+262142-12-31",
    "between 5 and 2",
    "in 99999999999 weeks",
    "any",
    "null",
    "",
    "Oil change",
    "Ada",
    "Ana",
    "+573001112233",
    "anonymous",
    "0057 300 111 2233 ext 4",
    "ada@example.com",
    "a@b",
    "yes",
    "12,000.50",
    "apt_00000000000000000000000001",
    "AQHImsgByJl",
    "\u{200b}\u{202e}\u{0}",
    "👩‍🔧",
    "{\"a\":[[[",
    "'; drop table events; --",
    "9999999999999999999999999",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => prop::sample::select(&WORDS[..]).prop_map(|word| json!(word)),
        2 => "\\PC{0,60}".prop_map(|text| json!(text)),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(|flag| json!(flag)),
        1 => Just(Value::Null),
        1 => (0_usize..9_000).prop_map(|length| json!("a ".repeat(length))),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&ARGUMENTS[..]), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(fields: Vec<(&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

fn arguments() -> impl Strategy<Value = Value> {
    let fields =
        prop::collection::vec((prop::sample::select(&ARGUMENTS[..]), value()), 0..8).prop_map(object).boxed();
    prop_oneof![
        8 => fields.clone(),
        1 => fields.clone().prop_map(|fields| json!(fields.to_string())),
        1 => (fields, 0_usize..100).prop_map(|(fields, cut)| {
            json!(fields.to_string().chars().take(cut).collect::<String>())
        }),
        1 => value(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_call_is_answered_with_a_sentence() {
    let calls =
        std::env::var("FRONTDESK_TEST_TOOL_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(300);
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let mut runner = TestRunner::default();
    let tools: Vec<&str> = Tool::all().map(Tool::name).chain(["order_pizza", ""]).collect();
    let call = (prop::sample::select(tools), arguments(), 0..50_u32);
    for number in 0..calls {
        let (tool, arguments, caller) = call.new_tree(&mut runner).expect("a call").current();
        let message = tool_call(&format!("c{caller}"), &format!("t{number}"), tool, arguments.clone());
        let body = json!({ "message": message }).to_string();
        let reply = garage.hook_at_once(morning(), body.as_bytes()).await;
        let answer = &reply.body["results"][0];
        let said = answer["result"].as_str().or(answer["error"].as_str());
        assert!(
            reply.status == 200 && said.is_some_and(|said| !said.is_empty()),
            "{tool} {arguments}: {}",
            reply.text
        );
    }
    // Nobody was harmed.
    let open = garage.answer("after", "t1", "check_availability", json!({ "day": "2026-12-07" })).await;
    assert!(open["message"].is_string(), "{open}");
}
