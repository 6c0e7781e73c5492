use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::conversations::tools::catalogue::{CalledTool, Tool};
use crate::kernel::ids::{AppointmentId, ChannelId, StreamId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::code::Code;

fn personal<T>(value: T) -> Personal<T> {
    Personal::new(SubjectId(Uuid::from_u128(1)), value)
}

fn start() -> CallStart {
    CallStart {
        provider: "vapi".into(),
        provider_call_id: "c1".into(),
        channel_id: ChannelId::from_uuid(Uuid::from_u128(2)),
        caller: None,
    }
}

fn tool_call(id: &str) -> ToolCall {
    ToolCall {
        id: id.into(),
        tool: CalledTool::Known(Tool::BookAppointment),
        arguments: personal(json!({ "a": 1 })),
    }
}

fn answer(text: &str) -> ToolAnswer {
    let discloses = vec![AppointmentId::from_uuid(Uuid::from_u128(3))];
    ToolAnswer { discloses, ..ToolAnswer::of(personal(text.into())) }
}

fn answered(id: &str, text: &str) -> Vec<CallEvent> {
    vec![
        CallEvent::ToolCalled { call: tool_call(id) },
        CallEvent::ToolAnswered { tool_call_id: id.into(), answer: answer(text) },
    ]
}

fn report() -> CallReport {
    CallReport {
        ended_reason: Some(Code::of("hangup")),
        started_at: None,
        ended_at: None,
        summary: None,
        transcript: None,
    }
}

fn given(events: Vec<CallEvent>) -> AggregateTestExecutor<Call> {
    TestFramework::<Call>::with(()).given(events)
}

#[test]
fn the_first_answer_to_a_tool_call_stands() {
    given(vec![])
        .when(CallCommand::Answer { call: tool_call("t1"), answer: answer("booked") })
        .then_expect_events(answered("t1", "booked"));
    given(answered("t1", "booked"))
        .when(CallCommand::Answer { call: tool_call("t1"), answer: answer("taken") })
        .then_expect_events(vec![]);
    let call = answered("t1", "booked").into_iter().fold(Call::default(), |mut call, event| {
        call.evolve(event);
        call
    });
    assert_eq!(call.answer("t1"), Some(&answer("booked")));
    assert!(call.has_disclosed(AppointmentId::from_uuid(Uuid::from_u128(3))));
    assert!(!call.has_disclosed(AppointmentId::from_uuid(Uuid::from_u128(4))));
}

#[test]
fn a_call_does_not_hold_on_to_what_was_said() {
    let transcript = Some(personal("x".repeat(200_000)));
    let reported = CallEvent::CallReported { report: CallReport { transcript, ..report() } };
    let call = [CallEvent::CallStarted { start: start() }, reported].into_iter().fold(
        Call::default(),
        |mut call, event| {
            call.evolve(event);
            call
        },
    );
    let kept = serde_json::to_string(&call).expect("JSON");
    assert!(kept.len() < 1_000, "{kept}");
}

#[test]
fn an_assistant_in_a_loop_is_stopped() {
    let many = (0..500).flat_map(|n| answered(&format!("t{n}"), "x")).collect();
    given(many)
        .when(CallCommand::Answer { call: tool_call("more"), answer: answer("x") })
        .then_expect_error(CallError::TooManyToolCalls);
}

#[test]
fn after_three_wrong_proofs_nothing_more_is_proved() {
    let guess = |name: &str| personal(json!({ "name": name }));
    let after = |names: &[&str], is_wrong_proof| {
        let mut call = Call::default();
        for (at, name) in names.iter().enumerate() {
            let id = format!("t{at}");
            let asked = ToolCall { arguments: guess(name), ..tool_call(&id) };
            call.evolve(CallEvent::ToolCalled { call: asked });
            let answer = ToolAnswer { is_wrong_proof, ..answer("none") };
            call.evolve(CallEvent::ToolAnswered { tool_call_id: id, answer });
        }
        call
    };
    for (names, right_is_taken, wrong_is_taken, again_is_taken) in [
        (&[][..], true, true, true),
        (&["Ada", "Eva"], true, false, true),
        // What is said again counts once.
        (&["Ada", "Ada", "Ada", "Ada", "Eva"], true, false, true),
        (&["Ada", "Eva", "Mia"], false, false, false),
    ] {
        let call = after(names, true);
        let taken = [None, Some(guess("Zoe")), Some(guess("Ada"))]
            .map(|guess| call.may_prove(guess.as_ref()).is_ok());
        let again_is_taken = again_is_taken && (names.contains(&"Ada") || wrong_is_taken);
        assert_eq!(taken, [right_is_taken, wrong_is_taken, again_is_taken], "{names:?}");
        assert!(after(names, false).may_prove(Some(&guess("Zoe"))).is_ok());
    }
    let recorded = json!({ "text": personal("none"), "is_error": false, "discloses": [] });
    let before: ToolAnswer = serde_json::from_value(recorded).expect("an earlier answer");
    assert!(!before.is_wrong_proof);
}

#[test]
fn its_webhooks_may_come_in_any_order_and_more_than_once() {
    let started = CallEvent::CallStarted { start: start() };
    given(vec![]).when(CallCommand::Start { start: start() }).then_expect_events(vec![started.clone()]);
    given(vec![started]).when(CallCommand::Start { start: start() }).then_expect_events(vec![]);

    let ended = CallEvent::CallEnded { reason: Some(Code::of("hangup")) };
    let reported = CallEvent::CallReported { report: report() };
    let end = CallCommand::End { reason: Some(Code::of("hangup")) };
    given(vec![])
        .when(CallCommand::Report { report: report() })
        .then_expect_events(vec![ended.clone(), reported.clone()]);
    given(vec![ended.clone()])
        .when(CallCommand::Report { report: report() })
        .then_expect_events(vec![reported.clone()]);
    given(vec![ended.clone(), reported.clone()])
        .when(CallCommand::Report { report: report() })
        .then_expect_events(vec![]);
    given(vec![ended.clone(), reported]).when(end).then_expect_events(vec![]);

    let progress = |status: &str| CallCommand::Progress { status: Code::of(status) };
    let progressed = |status: &str| CallEvent::CallProgressed { status: Code::of(status) };
    given(vec![]).when(progress("ringing")).then_expect_events(vec![progressed("ringing")]);
    given(vec![progressed("ringing")]).when(progress("ringing")).then_expect_events(vec![]);
    given(vec![ended]).when(progress("in-progress")).then_expect_events(vec![]);
}
