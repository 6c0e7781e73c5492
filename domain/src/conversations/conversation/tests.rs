use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::error::ADDRESSES_MAX;
use super::*;
use crate::conversations::correspondent::{Correspondent, CorrespondentKind};
use crate::kernel::ids::{ChannelId, ConversationClaimId, ConversationId, StreamId, VisitorId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::medium::Medium;

fn known_as(number: u128, kind: CorrespondentKind) -> KnownAs {
    let visitor = Correspondent::Visitor(VisitorId::from_uuid(Uuid::from_u128(number)));
    KnownAs {
        claim_id: ConversationClaimId::from_uuid(Uuid::from_u128(number)),
        kind,
        contact_point_id: None,
        correspondent: Personal::new(SubjectId(Uuid::from_u128(9)), visitor),
    }
}

fn number(at: u128) -> KnownAs {
    known_as(at, CorrespondentKind::WhatsappNumber)
}

fn begun() -> ConversationEvent {
    let channel_id = ChannelId::from_uuid(Uuid::from_u128(1));
    ConversationEvent::ConversationBegun { channel_id, medium: Medium::Whatsapp, known_as: vec![number(1)] }
}

fn added(known_as: KnownAs) -> ConversationEvent {
    ConversationEvent::CorrespondentAdded { known_as }
}

fn add(known_as: KnownAs) -> ConversationCommand {
    ConversationCommand::Add { known_as }
}

fn other() -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(2))
}

fn given(events: Vec<ConversationEvent>) -> AggregateTestExecutor<Conversation> {
    TestFramework::<Conversation>::with(()).given(events)
}

#[test]
fn an_address_is_added_once_and_at_most_fifty_are() {
    given(vec![]).when(add(number(2))).then_expect_error(ConversationError::NotFound);
    given(vec![begun()]).when(add(number(2))).then_expect_events(vec![added(number(2))]);
    given(vec![begun()]).when(add(number(1))).then_expect_events(vec![]);
    let many = (2..=ADDRESSES_MAX as u128).map(|at| added(number(at)));
    given([begun()].into_iter().chain(many).collect())
        .when(add(number(99)))
        .then_expect_error(ConversationError::TooManyAddresses);
}

#[test]
fn messages_go_to_the_latest_number_before_an_account() {
    let after = |events: Vec<ConversationEvent>| {
        let mut conversation = Conversation::default();
        events.into_iter().for_each(|event| conversation.evolve(event));
        conversation.open().expect("open").addressee().map(|known| known.claim_id)
    };
    let account = known_as(7, CorrespondentKind::WhatsappUser);
    let id = |known: KnownAs| Some(known.claim_id);
    assert_eq!(after(vec![begun(), added(account.clone())]), id(number(1)));
    assert_eq!(after(vec![begun(), added(account.clone()), added(number(3))]), id(number(3)));
    let passed_on = ConversationEvent::CorrespondentPassedOn { claim_id: number(1).claim_id, to: other() };
    assert_eq!(after(vec![begun(), added(account.clone()), passed_on]), id(account));
}

#[test]
fn a_joined_conversation_stands_for_another_and_takes_nothing_more() {
    let joined = ConversationEvent::ConversationJoined { into: other() };
    given(vec![begun()])
        .when(ConversationCommand::Join { into: other() })
        .then_expect_events(vec![joined.clone()]);
    given(vec![begun(), joined])
        .when(add(number(2)))
        .then_expect_error(ConversationError::Joined { into: other() });
}

#[test]
fn chapters_follow_each_other() {
    let open = |number| ConversationCommand::OpenChapter { number };
    given(vec![begun()])
        .when(open(2))
        .then_expect_events(vec![ConversationEvent::ChapterOpened { number: 2 }]);
    given(vec![begun(), ConversationEvent::ChapterOpened { number: 2 }])
        .when(open(2))
        .then_expect_events(vec![]);
}
