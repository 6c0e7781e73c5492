use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::kernel::personal::{Personal, SubjectId};

fn reply(status: u16) -> Reply {
    Reply { status, body: Personal::new(SubjectId(Uuid::from_u128(1)), json!({ "id": 1 })) }
}

fn answer(fingerprint: &str, status: u16) -> IdempotentRequestCommand {
    IdempotentRequestCommand::Answer { fingerprint: fingerprint.into(), reply: reply(status) }
}

fn given(events: Vec<IdempotentRequestEvent>) -> AggregateTestExecutor<IdempotentRequest> {
    TestFramework::<IdempotentRequest>::with(()).given(events)
}

#[test]
fn a_request_is_answered_once() {
    let answered = || IdempotentRequestEvent::RequestAnswered { fingerprint: "a".into(), reply: reply(201) };
    given(vec![]).when(answer("a", 201)).then_expect_events(vec![answered()]);
    given(vec![answered()]).when(answer("a", 409)).then_expect_events(vec![]);
    given(vec![answered()]).when(answer("b", 201)).then_expect_error(IdempotentRequestError::KeyReused);
}
