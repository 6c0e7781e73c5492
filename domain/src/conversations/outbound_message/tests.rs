use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;
use strum::VariantArray;
use uuid::Uuid;

use super::error::ATTEMPTS_MAX;
use super::*;
use crate::conversations::correspondent::Correspondent;
use crate::kernel::ids::{ChannelId, ConversationId, ProviderMessageId, StreamId, VisitorId};
use crate::kernel::metadata::{Actor, ActorKind};
use crate::kernel::personal::{Personal, SubjectId};
use crate::people::consent::Purpose;
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::text::Name;

fn personal<T>(value: T) -> Personal<T> {
    Personal::new(SubjectId(Uuid::from_u128(1)), value)
}

fn text(length: usize) -> MessageText {
    MessageText::parse(&"x".repeat(length)).expect("a text")
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn request() -> OutboundRequest {
    OutboundRequest {
        conversation_id: ConversationId::from_uuid(Uuid::from_u128(1)),
        channel_id: ChannelId::from_uuid(Uuid::from_u128(2)),
        medium: Medium::Sms,
        to: personal(Correspondent::Visitor(VisitorId::from_uuid(Uuid::from_u128(3)))),
        purpose: Purpose::Reminders,
        content: OutboundContent::Text { text: personal(text(5)) },
        topic: None,
        reply_to: None,
        by: Actor::new(ActorKind::System, "reminders"),
        at: now(),
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: Some(Code::of("20429")) }
}

fn queue() -> OutboundMessageCommand {
    OutboundMessageCommand::Queue { request: request() }
}

fn begin() -> OutboundMessageCommand {
    OutboundMessageCommand::Begin { now: now() }
}

fn accept() -> OutboundMessageCommand {
    let provider_message_id = ProviderMessageId::from_uuid(Uuid::from_u128(4));
    OutboundMessageCommand::Accept { provider_message_id, name: personal("SM1".into()) }
}

fn defer() -> OutboundMessageCommand {
    let until = now() + TimeDelta::seconds(30);
    OutboundMessageCommand::Defer { until, failure: failure(FailureKind::RateLimited) }
}

fn fail() -> OutboundMessageCommand {
    OutboundMessageCommand::Fail { failure: failure(FailureKind::Rejected) }
}

fn withdraw() -> OutboundMessageCommand {
    OutboundMessageCommand::Withdraw { reason: SuppressionReason::NoLongerNeeded }
}

fn report(status: DeliveryStatus) -> OutboundMessageCommand {
    OutboundMessageCommand::Report { report: DeliveryReport { status, at: now(), failure: None } }
}

fn given(events: Vec<OutboundMessageEvent>) -> AggregateTestExecutor<OutboundMessage> {
    TestFramework::<OutboundMessage>::with(()).given(events)
}

fn after(commands: impl IntoIterator<Item = OutboundMessageCommand>) -> OutboundMessage {
    commands.into_iter().fold(OutboundMessage::default(), |mut message, command| {
        message.decide(command).expect("events").into_iter().for_each(|event| message.evolve(event));
        message
    })
}

#[test]
fn a_message_is_queued_or_suppressed_once() {
    let queued = OutboundMessageEvent::MessageQueued { request: request() };
    let reason = SuppressionReason::OptedOut;
    let suppress = || OutboundMessageCommand::Suppress { request: request(), reason };
    let suppressed = OutboundMessageEvent::MessageSuppressed { request: request(), reason };
    given(vec![]).when(queue()).then_expect_events(vec![queued.clone()]);
    given(vec![queued.clone()]).when(queue()).then_expect_events(vec![]);
    given(vec![queued]).when(suppress()).then_expect_events(vec![]);
    given(vec![]).when(suppress()).then_expect_events(vec![suppressed.clone()]);
    given(vec![suppressed.clone()]).when(queue()).then_expect_events(vec![]);
    given(vec![suppressed]).when(begin()).then_expect_error(OutboundMessageError::NotWaiting);
}

#[test]
fn what_may_have_gone_out_is_not_sent_again_until_that_is_known() {
    use OutboundMessageCommand::{FindNotSent, LoseOutcome};
    let crashed = after([queue(), begin()]);
    assert_eq!(crashed.decide(begin()), Err(OutboundMessageError::OutcomeOpen));
    assert_eq!(crashed.decide(withdraw()), Err(OutboundMessageError::OutcomeOpen));
    let lost = after([queue(), begin(), LoseOutcome]);
    assert_eq!(lost.life, Life::OutcomeUnknown);
    assert_eq!(lost.decide(begin()), Err(OutboundMessageError::OutcomeOpen));
    assert_eq!(after([queue(), begin(), LoseOutcome, FindNotSent]).life, Life::Queued);
    // Any receipt says that it went out.
    let reported = after([queue(), begin(), LoseOutcome, report(DeliveryStatus::Sent)]);
    assert_eq!(reported.life, Life::Accepted);
    assert_eq!(reported.decide(begin()), Err(OutboundMessageError::NotWaiting));
    // What the process that was thought lost says later changes nothing.
    for late in [defer(), fail(), LoseOutcome, FindNotSent] {
        assert_eq!(reported.decide(late), Ok(vec![]));
    }
}

#[test]
fn a_message_that_waits_can_be_withdrawn_and_one_that_was_sent_cannot() {
    assert_eq!(after([queue(), withdraw()]).life, Life::Suppressed);
    assert_eq!(after([queue(), begin(), defer(), withdraw()]).life, Life::Suppressed);
    let sent = after([queue(), begin(), accept()]);
    assert_eq!(sent.decide(withdraw()), Err(OutboundMessageError::NotWaiting));
    assert_eq!(sent.decide(accept()), Ok(vec![]));
    assert_eq!(after([queue(), begin(), fail()]).life, Life::Failed);
}

#[test]
fn sending_is_tried_so_often_and_no_more() {
    let tries = (0..ATTEMPTS_MAX).flat_map(|_| [begin(), defer()]);
    let tried = after([queue()].into_iter().chain(tries));
    assert_eq!(tried.decide(begin()), Err(OutboundMessageError::TooManyAttempts));
}

#[test]
fn nothing_becomes_of_a_message_that_is_not_there() {
    for command in [begin(), accept(), defer(), fail(), withdraw(), report(DeliveryStatus::Read)] {
        assert_eq!(OutboundMessage::default().decide(command), Err(OutboundMessageError::NotFound));
    }
}

#[test]
fn a_report_never_takes_anything_back() {
    use DeliveryStatus::{Delivered, Failed, Read, Sent};
    for (reports, furthest) in [
        (vec![Sent, Delivered, Read], Read),
        (vec![Read, Sent, Delivered], Read),
        (vec![Delivered, Sent], Delivered),
        (vec![Sent, Failed], Failed),
        (vec![Failed, Sent], Failed),
        (vec![Failed, Delivered], Delivered),
        (vec![Delivered, Failed], Delivered),
    ] {
        let commands = [queue(), begin(), accept()].into_iter().chain(reports.into_iter().map(report));
        assert_eq!(after(commands).delivery(), Some(furthest));
    }
}

#[test]
fn a_message_fits_its_medium() {
    let plain = |length| OutboundContent::Text { text: personal(text(length)) };
    let choices = |count: usize, title: usize, description: Option<usize>| {
        let name = |length: usize| personal(Name::parse(&"x".repeat(length)).expect("a name"));
        let offered =
            |_| Offered { id: Code::of("1"), title: name(title), description: description.map(name) };
        OutboundContent::Choices { text: personal(text(10)), options: (0..count).map(offered).collect() }
    };
    let template = OutboundContent::Template {
        name: Code::of("reminder"),
        language: Code::of("es"),
        parameters: vec![],
    };
    let too_long = |max, got| Err(OutboundMessageError::TooLong { max, got });
    for (content, medium, expected) in [
        (plain(1_600), Medium::Sms, Ok(())),
        (plain(1_601), Medium::Sms, too_long(1_600, 1_601)),
        (plain(4_096), Medium::Whatsapp, Ok(())),
        (plain(10), Medium::Voice, Err(OutboundMessageError::NotByThisMedium)),
        (choices(0, 5, None), Medium::Whatsapp, Err(OutboundMessageError::WrongNumberOfChoices)),
        (choices(11, 5, None), Medium::Sms, Err(OutboundMessageError::WrongNumberOfChoices)),
        (choices(3, 20, None), Medium::Whatsapp, Ok(())),
        (choices(3, 21, None), Medium::Whatsapp, too_long(20, 21)),
        (choices(4, 24, None), Medium::Whatsapp, Ok(())),
        (choices(3, 24, Some(72)), Medium::Whatsapp, Ok(())),
        (choices(3, 24, Some(73)), Medium::Whatsapp, too_long(72, 73)),
        (choices(3, 60, None), Medium::Sms, Ok(())),
        (template.clone(), Medium::Whatsapp, Ok(())),
        (template, Medium::Sms, Err(OutboundMessageError::NotByThisMedium)),
    ] {
        assert_eq!(content.must_fit(medium), expected, "{medium:?}");
    }
    // As they are counted in text messages.
    let emoji = MessageText::parse(&"👍".repeat(801)).expect("a text");
    let content = OutboundContent::Text { text: personal(emoji) };
    assert_eq!(content.must_fit(Medium::Sms), too_long(1_600, 1_602));
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_reports_comes_to_the_same(
        (reports, shuffled, is_accepted_last) in
            prop::collection::vec(prop::sample::select(DeliveryStatus::VARIANTS.to_vec()), 1..6).prop_flat_map(
                |reports| {
                    let twice = [reports.clone(), reports.clone()].concat();
                    (Just(reports), Just(twice).prop_shuffle(), any::<bool>())
                },
            ),
    ) {
        let one = [queue(), begin(), accept()].into_iter().chain(reports.into_iter().map(report));
        let reports = shuffled.into_iter().map(report);
        let other: Vec<_> = if is_accepted_last {
            [queue(), begin()].into_iter().chain(reports).chain([accept()]).collect()
        } else {
            [queue(), begin(), accept()].into_iter().chain(reports).collect()
        };
        prop_assert_eq!(after(one), after(other));
    }
}
