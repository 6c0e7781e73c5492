use chrono::{DateTime, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{CustomerId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::text::Note;

fn text(text: &str) -> Personal<Note> {
    Personal::new(SubjectId(Uuid::from_u128(1)), Note::parse(text).expect("a note"))
}

fn by() -> Actor {
    Actor::new(ActorKind::Staff, "key_1")
}

fn at() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().expect("an instant")
}

fn given(events: Vec<CustomerNoteEvent>) -> AggregateTestExecutor<CustomerNote> {
    TestFramework::<CustomerNote>::with(()).given(events)
}

#[test]
fn a_note_is_written_once_and_redacted_once() {
    let customer_id = CustomerId::from_uuid(Uuid::from_u128(1));
    let write =
        || CustomerNoteCommand::Write { customer_id, text: text("prefers mornings"), by: by(), now: at() };
    let written =
        || CustomerNoteEvent::NoteWritten { customer_id, text: text("prefers mornings"), by: by(), at: at() };
    let redact = || CustomerNoteCommand::Redact { reason: Some(text("a mistake")), by: by() };
    let redacted = || CustomerNoteEvent::NoteRedacted { reason: Some(text("a mistake")), by: by() };
    given(vec![]).when(write()).then_expect_events(vec![written()]);
    given(vec![written()]).when(write()).then_expect_error(CustomerNoteError::AlreadyWritten);
    given(vec![written()]).when(redact()).then_expect_events(vec![redacted()]);
    given(vec![written(), redacted()]).when(redact()).then_expect_events(vec![]);
    given(vec![written(), redacted()]).when(write()).then_expect_error(CustomerNoteError::AlreadyWritten);
    given(vec![]).when(redact()).then_expect_error(CustomerNoteError::NotFound);
}

#[test]
fn a_redacted_note_is_still_about_its_customer() {
    let customer_id = CustomerId::from_uuid(Uuid::from_u128(1));
    let written =
        CustomerNoteEvent::NoteWritten { customer_id, text: text("prefers mornings"), by: by(), at: at() };
    let redacted = CustomerNoteEvent::NoteRedacted { reason: None, by: by() };
    let mut note = CustomerNote::default();
    assert_eq!(note.customer_id(), Err(CustomerNoteError::NotFound));
    for event in [written, redacted] {
        note.evolve(event);
        assert_eq!(note.customer_id(), Ok(customer_id));
    }
}
