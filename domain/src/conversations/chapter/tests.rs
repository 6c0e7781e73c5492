use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::error::{CHAPTER_EVENTS_MAX, LABELS_MAX, QUESTIONS_MAX};
use super::*;
use crate::conversations::outbound_message::Topic;
use crate::kernel::ids::{AppointmentId, ConversationId, OutboundMessageId, ProviderMessageId, StreamId};
use crate::kernel::metadata::{Actor, ActorKind};

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn by(kind: ActorKind) -> Actor {
    Actor::new(kind, "test")
}

fn inbound(number: u128) -> ProviderMessageId {
    ProviderMessageId::from_uuid(Uuid::from_u128(number))
}

fn outbound(number: u128) -> OutboundMessageId {
    OutboundMessageId::from_uuid(Uuid::from_u128(number))
}

fn topic() -> Topic {
    Topic::Appointment { appointment_id: AppointmentId::from_uuid(Uuid::from_u128(5)) }
}

fn begun(in_charge: Charge) -> ChapterEvent {
    let conversation_id = ConversationId::from_uuid(Uuid::from_u128(1));
    let situation = Situation { in_charge, ..Situation::default() };
    ChapterEvent::ChapterBegun { conversation_id, number: 1, events_before: 0, situation }
}

fn receive(number: u128, at: i64) -> ChapterCommand {
    let (message_id, at, now) = (inbound(number), minute(at), minute(100));
    ChapterCommand::Receive { message_id, at, now, answers: None, keyword: None }
}

fn queue(number: u128, kind: ActorKind, asks_until: Option<i64>) -> ChapterCommand {
    let message_id = outbound(number);
    let question = asks_until.map(|until| Question { message_id, topic: topic(), open_until: minute(until) });
    ChapterCommand::Queue { message_id, by: by(kind), question }
}

fn given(events: Vec<ChapterEvent>) -> AggregateTestExecutor<Chapter> {
    TestFramework::<Chapter>::with(()).given(events)
}

fn after(commands: impl IntoIterator<Item = ChapterCommand>) -> Chapter {
    let mut chapter = Chapter::default();
    chapter.evolve(begun(Charge::Assistant));
    for command in commands {
        chapter.decide(command).expect("events").into_iter().for_each(|event| chapter.evolve(event));
    }
    chapter
}

/// What a further message is bound to.
fn bound(chapter: &Chapter, at: i64) -> Option<(OutboundMessageId, BoundHow)> {
    let events = chapter.decide(receive(99, at)).expect("events");
    let binding = |event| {
        if let ChapterEvent::MessageTakenIn { binding, .. } = event { binding } else { None }
    };
    events.into_iter().find_map(binding).map(|binding| (binding.to, binding.how))
}

#[test]
fn messages_are_one_turn_until_somebody_answers() {
    let chapter = after([receive(1, 5), receive(2, 4), receive(3, 6)]);
    let turn = chapter.situation.turn.expect("a turn");
    assert_eq!((turn.number, turn.messages, turn.began_at), (1, 3, minute(100)));
    assert_eq!((turn.first.message_id, turn.last.message_id), (inbound(2), inbound(3)));
    assert_eq!(chapter.situation.wrote_at, Some(minute(6)));
    // A reminder is no answer.
    let reminded = after([receive(1, 5), queue(1, ActorKind::System, None)]);
    assert_eq!(reminded.situation.turn.map(|turn| turn.number), Some(1));
    let answered = after([receive(1, 5), queue(1, ActorKind::Assistant, None)]);
    assert_eq!(answered.situation.turn, None);
    let again = after([receive(1, 5), queue(1, ActorKind::Assistant, None), receive(2, 7)]);
    assert_eq!(again.situation.turn.map(|turn| turn.number), Some(2));
}

#[test]
fn a_message_reopens_what_was_put_aside() {
    let aside = [
        ChapterEvent::Resolved { by: by(ActorKind::Staff) },
        ChapterEvent::Snoozed { until: minute(500), by: by(ActorKind::Staff) },
    ];
    for aside in aside {
        let turn = TurnPart { number: 1, began_at: minute(100) };
        let (message_id, at) = (inbound(1), minute(5));
        given(vec![begun(Charge::Anybody), aside]).when(receive(1, 5)).then_expect_events(vec![
            ChapterEvent::Reopened { by: None },
            ChapterEvent::MessageTakenIn { message_id, at, turn, binding: None, keyword: None },
        ]);
    }
}

#[test]
fn a_snooze_ends_when_its_time_has_come() {
    let snoozed = ChapterEvent::Snoozed { until: minute(50), by: by(ActorKind::Staff) };
    let wake = |now| ChapterCommand::Wake { now: minute(now) };
    let given_snoozed = || given(vec![begun(Charge::Anybody), snoozed.clone()]);
    given_snoozed().when(wake(49)).then_expect_events(vec![]);
    given_snoozed().when(wake(50)).then_expect_events(vec![ChapterEvent::Reopened { by: None }]);
    for until in [0, 10, 600_000] {
        let snooze =
            ChapterCommand::Snooze { until: minute(until), now: minute(10), by: by(ActorKind::Staff) };
        given(vec![begun(Charge::Anybody)]).when(snooze).then_expect_error(ChapterError::SnoozeOutOfRange);
    }
}

#[test]
fn an_assistant_writes_only_while_it_is_in_charge_and_a_person_who_writes_takes_over() {
    given(vec![begun(Charge::Anybody)])
        .when(queue(1, ActorKind::Assistant, None))
        .then_expect_error(ChapterError::PeopleInCharge);
    let by = by(ActorKind::Staff);
    given(vec![begun(Charge::Assistant)]).when(queue(1, ActorKind::Staff, None)).then_expect_events(vec![
        ChapterEvent::Assigned { to: Charge::Anybody, by: by.clone() },
        ChapterEvent::MessageSent { message_id: outbound(1), by, answers_turn: None, question: None },
    ]);
}

#[test]
fn a_handover_says_why_and_the_same_one_again_changes_nothing() {
    let reason = HandoverReason::Asked;
    let hand_over = |to: Charge| {
        let by = by(ActorKind::Assistant);
        ChapterCommand::HandOver { to, reason, brief: None, by }
    };
    let to = Charge::Team { name: Label::parse("Front desk").expect("a label") };
    let handed_over =
        ChapterEvent::HandedOver { to: to.clone(), reason, brief: None, by: by(ActorKind::Assistant) };
    given(vec![begun(Charge::Assistant)])
        .when(hand_over(to.clone()))
        .then_expect_events(vec![handed_over.clone()]);
    given(vec![begun(Charge::Assistant), handed_over]).when(hand_over(to)).then_expect_events(vec![]);
}

#[test]
fn a_reply_is_bound_to_what_it_names_or_to_the_question_that_is_open() {
    assert_eq!(bound(&after([queue(1, ActorKind::System, None)]), 10), None);
    let one = after([queue(1, ActorKind::System, Some(50))]);
    assert_eq!(bound(&one, 10), Some((outbound(1), BoundHow::Only)));
    assert_eq!(bound(&one, 50), None);
    let two = after([queue(1, ActorKind::System, Some(50)), queue(2, ActorKind::System, Some(40))]);
    assert_eq!(bound(&two, 10), Some((outbound(2), BoundHow::Latest)));
    assert_eq!(bound(&two, 45), Some((outbound(1), BoundHow::Only)));
    let settled = ChapterCommand::SettleQuestion { message_id: outbound(2) };
    let settled =
        after([queue(1, ActorKind::System, Some(50)), queue(2, ActorKind::System, Some(40)), settled]);
    assert_eq!(bound(&settled, 10), Some((outbound(1), BoundHow::Only)));
    let named = ChapterCommand::Receive {
        message_id: inbound(9),
        at: minute(10),
        now: minute(100),
        answers: Some((outbound(1), Some(topic()))),
        keyword: None,
    };
    let events = two.decide(named).expect("events");
    let binding = Binding { to: outbound(1), topic: Some(topic()), how: BoundHow::Named };
    assert!(
        matches!(&events[..], [ChapterEvent::MessageTakenIn { binding: Some(is), .. }] if *is == binding)
    );
}

#[test]
fn labels_and_open_questions_are_bounded() {
    let label = |at: usize| Label::parse(&format!("label {at}")).expect("a label");
    let add = |at| ChapterCommand::AddLabel { label: label(at), by: by(ActorKind::Staff) };
    let full = after((0..LABELS_MAX).map(add));
    assert_eq!(full.decide(add(LABELS_MAX)), Err(ChapterError::TooManyLabels));
    assert_eq!(full.decide(add(0)), Ok(vec![]));
    let many = after((0..30).map(|at| queue(at, ActorKind::System, Some(50))));
    assert_eq!(many.situation.questions.len(), QUESTIONS_MAX);
    assert_eq!(bound(&many, 10), Some((outbound(29), BoundHow::Latest)));
}

#[test]
fn a_chapter_is_full_and_the_next_one_goes_on_as_it_ended() {
    let receive = |at| receive(at as u128, at);
    let full = after((1..CHAPTER_EVENTS_MAX).map(receive));
    assert!(full.is_full() && !after((2..CHAPTER_EVENTS_MAX).map(receive)).is_full());
    let begin = ChapterCommand::Begin {
        conversation_id: full.conversation_id.expect("a conversation"),
        number: 2,
        events_before: full.events_so_far(),
        situation: full.situation.clone(),
    };
    let mut next = Chapter::default();
    next.decide(begin).expect("a chapter").into_iter().for_each(|event| next.evolve(event));
    assert_eq!((next.number, next.is_full()), (2, false));
    assert_eq!(next.situation, full.situation);
    assert_eq!(next.events_so_far(), CHAPTER_EVENTS_MAX + 1);
    // What is kept of a thousand messages is small.
    assert!(serde_json::to_string(&next).expect("JSON").len() < 2_000);
}

proptest! {
    #[test]
    fn any_order_of_a_burst_comes_to_the_same_turn(
        messages in Just((1_u128..8).collect::<Vec<_>>()).prop_shuffle(),
        at in prop::collection::vec(0_i64..4, 8),
    ) {
        let in_this_order =
            messages.iter().map(|number| receive(*number, at[*number as usize]));
        let in_order = (1..8).map(|number| receive(number, at[number as usize]));
        prop_assert_eq!(after(in_this_order), after(in_order));
    }
}
