use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::conversations::correspondent::Correspondent;
use crate::conversations::outbound_message::{DeliveryReport, DeliveryStatus};
use crate::kernel::ids::{
    ChannelId, ConversationId, OutboundMessageId, ProviderMessageId, StreamId, VisitorId,
};
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::medium::Medium;

fn personal<T>(value: T) -> Personal<T> {
    Personal::new(SubjectId(Uuid::from_u128(1)), value)
}

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn moment(at: i64, number: u128) -> Moment {
    Moment { at: minute(at), message_id: ProviderMessageId::from_uuid(Uuid::from_u128(number)) }
}

fn received() -> ReceivedMessage {
    ReceivedMessage {
        conversation_id: ConversationId::from_uuid(Uuid::from_u128(1)),
        channel_id: ChannelId::from_uuid(Uuid::from_u128(2)),
        medium: Medium::Whatsapp,
        from: personal(Correspondent::Visitor(VisitorId::from_uuid(Uuid::from_u128(3)))),
        profile_name: None,
        name: personal("wamid.1".into()),
        content: ReceivedContent::of_text("hello").about(SubjectId(Uuid::from_u128(1))),
        reply_to: None,
        at: minute(1),
    }
}

fn react(emoji: Option<&str>, at: i64, number: u128) -> ProviderMessageCommand {
    let emoji = emoji.map(|emoji| personal(emoji.to_owned()));
    ProviderMessageCommand::React { by: Reactor::Person, emoji, moment: moment(at, number) }
}

fn report(status: DeliveryStatus) -> ProviderMessageCommand {
    ProviderMessageCommand::Report { report: DeliveryReport { status, at: minute(1), failure: None } }
}

fn given(events: Vec<ProviderMessageEvent>) -> AggregateTestExecutor<ProviderMessage> {
    TestFramework::<ProviderMessage>::with(()).given(events)
}

fn after(commands: impl IntoIterator<Item = ProviderMessageCommand>) -> ProviderMessage {
    commands.into_iter().fold(ProviderMessage::default(), |mut message, command| {
        message.decide(command).expect("events").into_iter().for_each(|event| message.evolve(event));
        message
    })
}

#[test]
fn a_message_is_received_once() {
    let receive = || ProviderMessageCommand::Receive { message: received() };
    let event = ProviderMessageEvent::MessageReceived { message: received() };
    given(vec![]).when(receive()).then_expect_events(vec![event.clone()]);
    given(vec![event]).when(receive()).then_expect_events(vec![]);
}

#[test]
fn a_message_is_one_of_ours_and_no_other() {
    let [one, other] = [1, 2].map(|number| OutboundMessageId::from_uuid(Uuid::from_u128(number)));
    let identify = |message_id| ProviderMessageCommand::Identify { message_id };
    let identified = ProviderMessageEvent::MessageIdentified { message_id: one };
    given(vec![]).when(identify(one)).then_expect_events(vec![identified.clone()]);
    given(vec![identified.clone()]).when(identify(one)).then_expect_events(vec![]);
    given(vec![identified.clone()])
        .when(identify(other))
        .then_expect_error(ProviderMessageError::IdentifiedOtherwise { message_id: one });
    // From then on its receipts are elsewhere.
    given(vec![identified]).when(report(DeliveryStatus::Sent)).then_expect_events(vec![]);
}

#[test]
fn receipts_wait_here_until_it_is_known_whose_they_are() {
    let message =
        after([report(DeliveryStatus::Read), report(DeliveryStatus::Sent), report(DeliveryStatus::Read)]);
    let waiting: Vec<_> = message.early_reports().map(|report| report.status).collect();
    assert_eq!(waiting, [DeliveryStatus::Sent, DeliveryStatus::Read]);
}

#[test]
fn a_reaction_that_was_taken_back_does_not_come_back_with_an_old_one() {
    let message = after([react(Some("👍"), 1, 1), react(None, 2, 2)]);
    assert_eq!(message.decide(react(Some("👍"), 1, 1)), Ok(vec![]));
    assert_eq!(message.decide(react(None, 2, 2)), Ok(vec![]));
    assert_eq!(message.decide(react(Some("❤"), 3, 3)).map(|events| events.len()), Ok(1));
}

fn news() -> impl Strategy<Value = ProviderMessageCommand> {
    let content = || ReceivedContent::of_text("edited").about(SubjectId(Uuid::from_u128(1)));
    prop_oneof![
        Just(ProviderMessageCommand::Receive { message: received() }),
        (0_i64..3, 1_u128..9).prop_map(|(at, number)| react(Some("👍"), at, number)),
        (0_i64..3, 1_u128..9).prop_map(move |(at, number)| ProviderMessageCommand::Edit {
            content: content(),
            moment: moment(at, number),
        }),
        (0_i64..3).prop_map(|at| ProviderMessageCommand::Remove { moment: moment(at, 1) }),
        prop::sample::select(vec![DeliveryStatus::Sent, DeliveryStatus::Read, DeliveryStatus::Failed])
            .prop_map(report),
    ]
}

proptest! {
    #[test]
    fn any_order_and_repetition_comes_to_the_same(
        (news, shuffled) in prop::collection::vec(news(), 0..10).prop_flat_map(|news| {
            let twice = [news.clone(), news.clone()].concat();
            (Just(news), Just(twice).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(after(news), after(shuffled));
    }
}
