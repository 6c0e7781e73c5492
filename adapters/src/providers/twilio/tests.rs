//! Forms in all their shapes.

use std::collections::HashMap;

use frontdesk_domain::conversations::correspondent::CorrespondentKind;
use frontdesk_domain::conversations::inbound::{Act, CallNews, Content};
use frontdesk_domain::conversations::outbound_message::{DeliveryStatus, FailureKind};
use frontdesk_domain::languages::Keyword;
use frontdesk_domain::values::medium::Medium;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::sender::ChannelAddressKind;
use serde_json::json;

use super::*;

const URL: &str = "https://example.com/webhooks/twilio/sms?channel=chn_1";

fn read_at(url: &str, body: &str) -> Inbound {
    let headers =
        HashMap::from([("content-type", "application/x-www-form-urlencoded; charset=UTF-8".to_owned())]);
    let request = Request { headers: &headers, url, body: body.as_bytes() };
    Twilio.parse(&request).expect("a form").remove(0)
}

fn read(body: &str) -> Inbound {
    read_at(URL, body)
}

#[test]
fn a_message_says_who_where_and_what() {
    let inbound = read(
        "MessageSid=SM1&SmsSid=SM1&AccountSid=AC1&From=%2B14155550111&To=%2B14155550112&Body=Blah+blah&NumMedia=0",
    );
    assert_eq!(inbound.identity, ["message", "SM1"]);
    assert_eq!(inbound.conversation_key.as_deref(), Some("+14155550111"));
    let to = inbound.to.clone().expect("a number");
    assert_eq!((to.kind, to.value.as_str()), (ChannelAddressKind::PhoneNumber, "+14155550112"));
    let Content::Message(message) = &inbound.content else { panic!("{:?}", inbound.content) };
    assert_eq!((message.medium, message.keyword), (Medium::Sms, None));
    assert_eq!(message.from.iter().map(|from| from.kind()).collect::<Vec<_>>(), [CorrespondentKind::Phone]);
    let Act::Written { content, .. } = &message.act else { panic!("{:?}", message.act) };
    assert_eq!(content.text.as_ref().and_then(|text| text.known()).map(String::as_str), Some("Blah blah"));
    let kept = Twilio.kept(&inbound);
    assert!(!String::from_utf8_lossy(&kept).contains("AC1"));
    let restored = Twilio.restore(&kept).expect("restored");
    assert_eq!(format!("{:?}", restored.content), format!("{:?}", inbound.content));
    assert_eq!((restored.identity, restored.to), (inbound.identity, inbound.to));
}

#[test]
fn whatsapp_comes_with_a_prefix_accounts_and_buttons() {
    let of = |body: &str| match read(&format!("MessageSid=SM1&Body=Msg&{body}")).content {
        Content::Message(message) => message,
        other => panic!("{other:?}"),
    };
    let kinds = |body: &str| of(body).from.iter().map(|from| from.kind()).collect::<Vec<_>>();
    let (user, number) = (CorrespondentKind::WhatsappUser, CorrespondentKind::WhatsappNumber);
    let to = "To=whatsapp:%2B12028831111";
    assert_eq!(kinds(&format!("From=whatsapp:%2B14133881111&{to}")), [number]);
    assert_eq!(kinds(&format!("From=%2B14133881111&{to}")), [number]);
    assert_eq!(
        kinds(&format!("From=whatsapp:%2B14133881111&ExternalUserId=whatsapp:US.12&{to}")),
        [user, number]
    );
    assert_eq!(kinds(&format!("From=whatsapp:US.12&{to}")), [user]);
    assert_eq!(
        kinds(&format!("From=whatsapp:%2B14133881111&ExternalUserId=whatsapp:foo_bar&{to}")),
        [number]
    );
    let choice = |body: &str| match of(body).act {
        Act::Written { content, .. } => content.choice.map(|choice| json!(choice).to_string()),
        other => panic!("{other:?}"),
    };
    let button = "ButtonText=Confirm&ButtonPayload=c1";
    let chosen = choice(&format!("From=whatsapp:%2B14133881111&{to}&{button}")).expect("a choice");
    assert!(chosen.contains("c1") && chosen.contains("Confirm"), "{chosen}");
    assert_eq!(choice(&format!("From=%2B14133881111&To=%2B12028831111&{button}")), None);
}

#[test]
fn files_keywords_and_short_codes() {
    let body = "MessageSid=MM1&From=%2B14133881111&To=384387&NumMedia=2&MediaUrl0=https%3A%2F%2Fx%2F0&MediaContentType0=image%2Fjpeg&MediaUrl1=https%3A%2F%2Fx%2F1&OptOutType=STOP&Body=STOP";
    let inbound = read(body);
    assert_eq!(inbound.to.as_ref().map(|to| to.kind), Some(ChannelAddressKind::PhoneNumberId));
    let Content::Message(message) = inbound.content else { panic!() };
    assert_eq!(message.keyword, Some(Keyword::Stop));
    let Act::Written { content, .. } = message.act else { panic!() };
    let kinds: Vec<&str> = content.media.iter().map(|media| media.kind.as_str()).collect();
    assert_eq!(kinds, ["image", "document"]);
    let many = read("MessageSid=MM1&From=%2B14133881111&To=384387&NumMedia=4000000000");
    assert!(matches!(many.content, Content::Message(_)));
}

#[test]
fn a_status_names_the_message_and_is_in_order_with_its_person() {
    let ours = "out_01jz8k5f3xe8p9r2m4t6v7w8y9";
    let body =
        "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=21610&To=%2B14155550111&From=%2B14155550112";
    let inbound = read_at(&format!("{URL}&message={ours}"), body);
    assert_eq!(inbound.identity, ["message-status", "SM1", "undelivered"]);
    assert_eq!(inbound.conversation_key.as_deref(), Some("+14155550111"));
    assert_eq!(inbound.to.as_ref().map(|to| to.value.as_str()), Some("+14155550112"));
    let again = Twilio.restore(&Twilio.kept(&inbound)).expect("restored");
    for content in [inbound.content, again.content] {
        let Content::Receipt(receipt) = content else { panic!("{content:?}") };
        assert_eq!(receipt.status, DeliveryStatus::Failed);
        assert_eq!(receipt.failure.map(|failure| failure.kind), Some(FailureKind::OptedOut));
        assert_eq!(receipt.ours.map(|ours| ours.to_string()).as_deref(), Some(ours));
    }
    // A form cannot say so itself.
    let Content::Receipt(receipt) = read(&format!("{body}&message={ours}")).content else { panic!() };
    assert_eq!(receipt.ours, None);
    for (status, is_news) in [("queued", false), ("sending", false), ("sent", true), ("read", true)] {
        let inbound = read(&format!("MessageSid=SM1&MessageStatus={status}&To=%2B14155550111"));
        assert_eq!(matches!(inbound.content, Content::Receipt(_)), is_news, "{status}");
    }
}

#[test]
fn a_call_is_asked_about_and_reported_on() {
    let call = "CallSid=CA1&From=%2B14155550111&To=%2B14155550112&Direction=inbound";
    let asked = read(&format!("{call}&CallStatus=ringing"));
    assert!(asked.is_awaited && matches!(asked.content, Content::TransferRequest));
    assert_eq!(asked.provider_call_id.as_deref(), Some("CA1"));
    for (status, is_end) in [("in-progress", false), ("completed", true), ("no-answer", true)] {
        let body = format!("{call}&CallStatus={status}&CallbackSource=call-progress-events&SequenceNumber=2");
        let inbound = read(&body);
        assert_eq!(inbound.identity, ["call-status", "CA1", status, "2"]);
        let Content::CallNews(news) = inbound.content else { panic!("{status}") };
        assert_eq!(matches!(news, CallNews::Ended { .. }), is_end, "{status}");
    }
}

#[test]
fn a_reply_is_markup_in_which_nothing_that_is_said_is() {
    let reply = |answer: Answer| {
        let inbound = read("CallSid=CA1&From=%2B14155550111&To=%2B14155550112&CallStatus=ringing");
        String::from_utf8(Twilio.reply(&[(inbound, answer)], Language::default()).body).expect("text")
    };
    assert!(reply(Answer::Received).ends_with("<Response></Response>"));
    let number = PhoneNumber::parse("+573001234567", None).ok();
    assert!(reply(Answer::Transfer { number }).contains("<Dial>+573001234567</Dial>"));
    assert!(reply(Answer::Transfer { number: None }).contains("<Say language=\"en\">"));
    assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
}

#[test]
fn what_is_no_form_is_refused_in_a_sentence() {
    let headers = HashMap::from([("content-type", "application/json".to_owned())]);
    let request = Request { headers: &headers, url: URL, body: b"{}" };
    let error = Twilio.parse(&request).expect_err("no form");
    assert_eq!(error.to_string(), "the body should be application/x-www-form-urlencoded");
    assert!(matches!(read("").content, Content::Unreadable { .. }));
    assert!(matches!(read("MessageSid=SM1&From=Acme&To=%2B1415555011").content, Content::Unreadable { .. }));
}
