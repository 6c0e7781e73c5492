//! Messages in and out, with the streams that they touch in memory.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::charge::{ChargeConversation, Charging};
use super::consents::RecordConsent;
use super::receive_message::{AmendMessage, Amendment, ReceiveMessage, TakenIn};
use super::receive_status::{Handing, ReceiveStatus, RecordHanding};
use super::send_message::{Destination, SendMessage, SentMessage};
use crate::conversations::chapter::{BoundHow, Chapter, ChapterEvent, Charge, Label};
use crate::conversations::conversation::Conversation;
use crate::conversations::correspondent::Correspondent;
use crate::conversations::outbound_message::{
    DeliveryReport, DeliveryStatus, Failure as Failed, FailureKind, Life, MessageText, OutboundContent,
    OutboundMessage, SuppressionReason, Topic,
};
use crate::conversations::provider_message::{ProviderMessage, ReceivedContent};
use crate::kernel::ids::{AppointmentId, ChannelId, ConversationId, OutboundMessageId, StreamId};
use crate::kernel::metadata::ActorKind;
use crate::kernel::personal::Personal;
use crate::kernel::work::testing::MemoryWork;
use crate::kernel::work::{Command, Failure};
use crate::people::consent::{Consent, ConsentSource, Purpose};
use crate::people::contact_address::ContactAddress;
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::phone::PhoneNumber;

const NUMBER: &str = "573001234567";
const ACCOUNT: &str = "CO.13491208655302741918";
const OTHER_ACCOUNT: &str = "CO.22222222222222222222";

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn channel() -> ChannelId {
    ChannelId::from_uuid(Uuid::from_u128(7))
}

fn work(kind: ActorKind) -> MemoryWork {
    let work = MemoryWork::by(kind);
    work.set_now(minute(60));
    work
}

fn whatsapp(id: &str) -> Personal<Correspondent> {
    let id = id.parse().expect("a WhatsApp user");
    Personal::in_command(Correspondent::Address(ContactAddress::Whatsapp(id)))
}

fn written(name: &str, text: &str, at: i64) -> ReceiveMessage {
    ReceiveMessage {
        channel_id: channel(),
        medium: Medium::Whatsapp,
        from: vec![whatsapp(NUMBER)],
        profile_name: None,
        name: Personal::in_command(name.into()),
        content: ReceivedContent::of_text(text),
        reply_to: None,
        at: minute(at),
        keyword: None,
        in_charge: Charge::Anybody,
    }
}

fn by(ids: &[&str], message: ReceiveMessage) -> ReceiveMessage {
    ReceiveMessage { from: ids.iter().map(|id| whatsapp(id)).collect(), ..message }
}

fn receive(work: &MemoryWork, message: &ReceiveMessage) -> TakenIn {
    work.commit(message.decide(work)).expect("taken in").expect("of somebody")
}

fn text() -> OutboundContent {
    OutboundContent::of_text(MessageText::parse("See you").expect("a text"))
}

fn template() -> OutboundContent {
    OutboundContent::Template {
        name: Code::of("reminder"),
        language: Code::of("es"),
        parameters: vec![Personal::in_command("Ada".into())],
    }
}

fn message(purpose: Purpose, content: OutboundContent, to: ConversationId) -> SendMessage {
    SendMessage {
        message_id: None,
        to: Destination::Conversation { conversation_id: to },
        purpose,
        content,
        topic: None,
        asks_until: None,
        reply_to: None,
    }
}

fn send(work: &MemoryWork, message: &SendMessage) -> Result<SentMessage, String> {
    work.commit(message.decide(work)).map_err(slug)
}

fn slug(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.slug,
        Failure::Unavailable(unavailable) => unavailable.to_string(),
    }
}

fn hand(work: &MemoryWork, message_id: OutboundMessageId, handing: Handing) -> bool {
    work.commit(RecordHanding { message_id, handing }.decide(work)).expect("recorded")
}

fn accepted(name: &str) -> Handing {
    Handing::Accepted { name: Personal::in_command(name.into()) }
}

fn status(name: &str, status: DeliveryStatus) -> ReceiveStatus {
    ReceiveStatus {
        channel_id: channel(),
        name: Personal::in_command(name.into()),
        ours: None,
        report: DeliveryReport { status, at: minute(30), failure: None },
    }
}

fn report(work: &MemoryWork, status: &ReceiveStatus) -> Option<OutboundMessageId> {
    work.commit(status.decide(work)).expect("taken in")
}

fn state_of(work: &MemoryWork, id: OutboundMessageId) -> (Life, Option<DeliveryStatus>) {
    let message = &work.all::<OutboundMessage>()[&id];
    (message.life, message.delivery())
}

#[test]
fn a_message_is_taken_in_once() {
    let work = work(ActorKind::Provider);
    let first = receive(&work, &written("m1", "hello", 1));
    assert!(first.is_new);
    let again = receive(&work, &written("m1", "hello", 1));
    assert_eq!(again, TakenIn { is_new: false, ..first });
    assert_eq!(work.events_after::<Chapter>(0).len(), 2);
}

#[test]
fn who_is_known_by_a_number_and_an_account_has_one_conversation_however_they_are_named() {
    let orders: [[&[&str]; 3]; 3] = [
        [&[NUMBER], &[ACCOUNT, NUMBER], &[ACCOUNT]],
        [&[ACCOUNT], &[ACCOUNT, NUMBER], &[NUMBER]],
        // Two have begun before anybody knows that they are one person's.
        [&[NUMBER], &[ACCOUNT], &[ACCOUNT, NUMBER]],
    ];
    for order in orders {
        let work = work(ActorKind::Provider);
        for (at, from) in order.iter().enumerate() {
            receive(&work, &by(from, written(&format!("m{at}"), "hello", 1)));
        }
        let again = [&[NUMBER][..], &[ACCOUNT], &[ACCOUNT, NUMBER]].map(|from| {
            receive(&work, &by(from, written(&format!("again {from:?}"), "hello", 2))).conversation_id
        });
        assert!(again.iter().all(|id| *id == again[0]), "{order:?}");
        let open = work.all::<Conversation>().values().filter(|one| one.open().is_ok()).count();
        assert_eq!(open, 1, "{order:?}");
    }
}

#[test]
fn a_joined_conversation_is_found_by_its_old_id() {
    let work = work(ActorKind::Staff);
    let by_number = receive(&work, &by(&[NUMBER], written("m1", "hello", 1))).conversation_id;
    let by_account = receive(&work, &by(&[ACCOUNT], written("m2", "hello", 1))).conversation_id;
    receive(&work, &by(&[ACCOUNT, NUMBER], written("m3", "hello", 1)));
    let sent = send(&work, &message(Purpose::Service, text(), by_number)).expect("sent");
    assert_eq!(sent.conversation_id, by_account);
}

#[test]
fn a_number_with_a_new_owner_begins_a_new_conversation() {
    let work = work(ActorKind::Provider);
    let before = receive(&work, &by(&[ACCOUNT, NUMBER], written("m1", "hello", 1))).conversation_id;
    let after = receive(&work, &by(&[OTHER_ACCOUNT, NUMBER], written("m2", "hello", 2))).conversation_id;
    assert_ne!(before, after);
    assert_eq!(receive(&work, &by(&[NUMBER], written("m3", "hi", 3))).conversation_id, after);
    assert_eq!(receive(&work, &by(&[ACCOUNT], written("m4", "hi", 3))).conversation_id, before);
}

#[test]
fn on_whatsapp_a_text_is_sent_within_a_day_and_a_template_always() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let last = minute(1) + TimeDelta::hours(24);
    work.set_now(last - TimeDelta::seconds(1));
    assert!(send(&work, &message(Purpose::Service, text(), id)).is_ok());
    work.set_now(last);
    let refused = send(&work, &message(Purpose::Service, text(), id));
    assert_eq!(refused, Err("message-window-closed".into()));
    assert!(send(&work, &message(Purpose::Service, template(), id)).is_ok());
    // A message that was written long ago and comes late opens nothing.
    receive(&work, &written("m0", "late", 0));
    assert!(send(&work, &message(Purpose::Service, text(), id)).is_err());
}

#[test]
fn a_message_from_a_clock_that_runs_ahead_does_not_keep_the_window_open() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 100_000)).conversation_id;
    work.set_now(minute(60) + TimeDelta::hours(24));
    assert!(send(&work, &message(Purpose::Service, text(), id)).is_err());
}

#[test]
fn what_a_policy_may_not_send_is_suppressed_with_the_reason() {
    let work = work(ActorKind::System);
    let id = receive(&work, &written("m1", "STOP", 1)).conversation_id;
    let reminder = message(Purpose::Reminders, template(), id);
    let sent = send(&work, &reminder).expect("recorded");
    assert_eq!(sent.suppressed, Some(SuppressionReason::OptedOut));
    assert_eq!(state_of(&work, sent.id).0, Life::Suppressed);
    let marketing = send(&work, &message(Purpose::Marketing, template(), id)).expect("recorded");
    assert!(marketing.suppressed.is_some());
    work.set_now(minute(1) + TimeDelta::hours(30));
    receive(&work, &written("m2", "START", 2));
    let closed = send(&work, &message(Purpose::Reminders, text(), id)).expect("recorded");
    assert_eq!(closed.suppressed, Some(SuppressionReason::WindowClosed));
}

#[test]
fn after_a_stop_nothing_is_sent_until_a_start_and_who_writes_again_is_answered() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "BAJA", 1)).conversation_id;
    let try_to_send = |purpose| send(&work, &message(purpose, template(), id)).err();
    for purpose in Purpose::OF_MESSAGES {
        assert_eq!(try_to_send(purpose).as_deref(), Some("consent-opted-out"), "{purpose:?}");
    }
    receive(&work, &written("m2", "do you have time today?", 2));
    assert_eq!(try_to_send(Purpose::Service), None);
    assert_eq!(try_to_send(Purpose::Reminders).as_deref(), Some("consent-opted-out"));
    receive(&work, &written("m3", "alta", 3));
    assert_eq!(try_to_send(Purpose::Reminders), None);
    // It is no agreement to anything new.
    assert_eq!(try_to_send(Purpose::Marketing).as_deref(), Some("consent-opted-out"));
}

#[test]
fn cancel_stops_messages_on_sms_and_is_an_answer_on_whatsapp() {
    let work = work(ActorKind::Provider);
    receive(&work, &written("m1", "cancel", 1));
    assert!(work.all::<Consent>().is_empty());
    let number = PhoneNumber::parse("+573001234567", None).expect("a number");
    let from = vec![Personal::in_command(Correspondent::Address(ContactAddress::Phone(number)))];
    receive(&work, &ReceiveMessage { medium: Medium::Sms, from, ..written("m2", "CANCEL", 1) });
    assert!(work.all::<Consent>().values().all(|consent| consent.is_stopped(Medium::Sms)));
    assert_eq!(work.all::<Consent>().len(), 1);
}

#[test]
fn marketing_needs_an_agreement() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let marketing = message(Purpose::Marketing, template(), id);
    assert_eq!(send(&work, &marketing), Err("consent-not-agreed".into()));
    let agreed = RecordConsent {
        address: Personal::in_command(ContactAddress::Whatsapp(NUMBER.parse().expect("a user"))),
        medium: Medium::Whatsapp,
        purposes: [Purpose::Marketing].into(),
        granted: true,
        at: minute(2),
        source: ConsentSource::Form {},
        text_version: Some(Code::of("2026-01")),
        wording: None,
        customer_id: None,
    };
    work.commit(agreed.decide(&work)).expect("recorded");
    assert!(send(&work, &marketing).is_ok());
}

#[test]
fn who_opts_out_while_a_message_waits_does_not_get_it() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let sent = send(&work, &message(Purpose::Reminders, template(), id)).expect("queued").id;
    receive(&work, &written("m2", "STOP", 2));
    assert!(!hand(&work, sent, Handing::Begun));
    assert_eq!(state_of(&work, sent).0, Life::Suppressed);
}

#[test]
fn a_receipt_that_comes_before_its_message_is_known_waits_for_it() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let sent = send(&work, &message(Purpose::Service, text(), id)).expect("queued").id;
    assert!(hand(&work, sent, Handing::Begun));
    assert_eq!(report(&work, &status("out1", DeliveryStatus::Read)), None);
    hand(&work, sent, accepted("out1"));
    assert_eq!(state_of(&work, sent), (Life::Accepted, Some(DeliveryStatus::Read)));
    assert_eq!(report(&work, &status("out1", DeliveryStatus::Sent)), Some(sent));
    assert_eq!(state_of(&work, sent), (Life::Accepted, Some(DeliveryStatus::Read)));
}

#[test]
fn a_receipt_with_our_id_settles_a_try_whose_outcome_was_lost() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let sent = send(&work, &message(Purpose::Service, text(), id)).expect("queued").id;
    hand(&work, sent, Handing::Begun);
    hand(&work, sent, Handing::OutcomeLost);
    let again = work.commit(RecordHanding { message_id: sent, handing: Handing::Begun }.decide(&work));
    assert_eq!(again.map_err(slug), Err("message-outcome-open".into()));
    let receipt = ReceiveStatus { ours: Some(sent), ..status("out1", DeliveryStatus::Sent) };
    assert_eq!(report(&work, &receipt), Some(sent));
    assert_eq!(state_of(&work, sent), (Life::Accepted, Some(DeliveryStatus::Sent)));
    // The next one may name it by the provider's name alone.
    assert_eq!(report(&work, &status("out1", DeliveryStatus::Delivered)), Some(sent));
    // Of another channel, or of nobody, it is not ours.
    let elsewhere = ReceiveStatus { channel_id: ChannelId::from_uuid(Uuid::from_u128(8)), ..receipt };
    assert_eq!(report(&work, &elsewhere), None);
    let foreign = OutboundMessageId::from_uuid(Uuid::from_u128(9));
    let receipt = ReceiveStatus { ours: Some(foreign), ..status("out2", DeliveryStatus::Sent) };
    assert_eq!(report(&work, &receipt), None);
}

#[test]
fn a_provider_that_knows_of_an_opt_out_is_believed() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let sent = send(&work, &message(Purpose::Reminders, text(), id)).expect("queued").id;
    hand(&work, sent, Handing::Begun);
    let failure = Failed { kind: FailureKind::OptedOut, code: Some(Code::of("21610")) };
    hand(&work, sent, Handing::Failed { failure });
    assert_eq!(send(&work, &message(Purpose::Reminders, text(), id)), Err("consent-opted-out".into()));
}

#[test]
fn a_reply_is_about_what_it_answers() {
    let work = work(ActorKind::System);
    let id = receive(&work, &written("m1", "hello", 1)).conversation_id;
    let topic =
        |number| Topic::Appointment { appointment_id: AppointmentId::from_uuid(Uuid::from_u128(number)) };
    let ask = |number| SendMessage {
        topic: Some(topic(number)),
        asks_until: Some(minute(500)),
        ..message(Purpose::Reminders, text(), id)
    };
    let first = send(&work, &ask(1)).expect("queued").id;
    let bound = |name: &str, reply_to: Option<&str>| {
        let reply_to = reply_to.map(|name| Personal::in_command(name.to_owned()));
        receive(&work, &ReceiveMessage { reply_to, ..written(name, "1", 20) });
        match work.events_after::<Chapter>(0).pop() {
            Some((_, ChapterEvent::MessageTakenIn { binding, .. })) => {
                binding.map(|to| (to.to, to.topic, to.how))
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(bound("m2", None), Some((first, Some(topic(1)), BoundHow::Only)));
    let second = send(&work, &ask(2)).expect("queued").id;
    assert_eq!(bound("m3", None), Some((second, Some(topic(2)), BoundHow::Latest)));
    hand(&work, first, Handing::Begun);
    hand(&work, first, accepted("out1"));
    assert_eq!(bound("m4", Some("out1")), Some((first, Some(topic(1)), BoundHow::Named)));
}

#[test]
fn a_conversation_of_years_is_in_chapters_that_are_one_for_whoever_is_in_it() {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m", "hello", 1)).conversation_id;
    let label = Label::parse("vip").expect("a label");
    let charging = Charging::AddLabel { label: label.clone() };
    let charge = ChargeConversation { conversation_id: id, charging, seen_version: Some(2) };
    let version = || work.commit(charge.decide(&work)).map(|charged| charged.version).map_err(slug);
    assert_eq!(version(), Ok(3));
    assert_eq!(version(), Err("changed-since".into()));
    for number in 0..2_500 {
        receive(&work, &written(&format!("m{number}"), "hello", 1));
    }
    let chapters = work.all::<Chapter>();
    let mut numbers: Vec<u32> = chapters.values().map(|chapter| chapter.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
    let last = chapters.values().find(|chapter| chapter.number == 3).expect("the last");
    assert!(last.situation.labels.contains(&label));
    assert_eq!(last.situation.turn.as_ref().map(|turn| turn.messages), Some(2_501));
    // Three events at its beginning, and one for each later chapter.
    assert_eq!(last.events_so_far(), 3 + 2_500 + 2);
    assert_eq!(work.events_after::<Conversation>(0).len(), 3);
}

/// One thing that a provider may tell, in any order and more than once.
#[derive(Debug, Clone)]
enum News {
    Message(ReceiveMessage),
    Amendment(AmendMessage),
    Status(ReceiveStatus),
    Accepted,
}

fn news() -> Vec<News> {
    let amend = |name: &str, amendment, at| AmendMessage {
        channel_id: channel(),
        medium: Medium::Whatsapp,
        from: vec![whatsapp(NUMBER)],
        of: Personal::in_command("m1".into()),
        name: Personal::in_command(name.into()),
        amendment,
        at: minute(at),
        in_charge: Charge::Anybody,
    };
    let reacted = |emoji: Option<&str>| Amendment::Reacted {
        emoji: emoji.map(|emoji| Personal::in_command(emoji.to_owned())),
    };
    vec![
        News::Message(written("m1", "hello", 1)),
        News::Message(by(&[ACCOUNT, NUMBER], written("m2", "STOP", 2))),
        News::Message(by(&[ACCOUNT, NUMBER], written("m3", "START", 3))),
        News::Message(written("m4", "stop", 4)),
        News::Amendment(amend("e1", Amendment::Edited { content: ReceivedContent::of_text("hi") }, 5)),
        News::Amendment(amend("r1", reacted(Some("👍")), 6)),
        News::Amendment(amend("r2", reacted(None), 6)),
        News::Amendment(amend("d1", Amendment::Removed, 7)),
        News::Status(status("out1", DeliveryStatus::Sent)),
        News::Status(status("out1", DeliveryStatus::Delivered)),
        News::Status(status("out1", DeliveryStatus::Read)),
        News::Status(status("out1", DeliveryStatus::Failed)),
        News::Accepted,
    ]
}

/// All that is folded of them.
fn after(news: &[News]) -> String {
    let work = work(ActorKind::Staff);
    let id = receive(&work, &written("m0", "hello", 0)).conversation_id;
    let sent = send(&work, &message(Purpose::Service, text(), id)).expect("queued").id;
    hand(&work, sent, Handing::Begun);
    for news in news {
        match news {
            News::Message(message) => {
                receive(&work, message);
            }
            News::Amendment(amendment) => work.commit(amendment.decide(&work)).expect("taken in"),
            News::Status(status) => {
                report(&work, status);
            }
            News::Accepted => {
                hand(&work, sent, accepted("out1"));
            }
        }
    }
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}",
        work.all::<Chapter>(),
        work.all::<ProviderMessage>(),
        work.all::<OutboundMessage>(),
        work.all::<Consent>()
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_and_repetition_of_messages_and_receipts_comes_to_the_same(
        shuffled in Just([news(), news()].concat()).prop_shuffle(),
    ) {
        prop_assert_eq!(after(&news()), after(&shuffled));
    }
}
