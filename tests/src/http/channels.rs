//! Channels, of this release and of those before it.

use frontdesk_adapters::providers;
use frontdesk_domain::conversations::channel_address::{ChannelAddress, ChannelAddressEvent, ChannelOwner};
use frontdesk_domain::conversations::commands::channels::{channel_claim, number_claim, secret_claim};
use frontdesk_domain::integrations::webhook::Webhook;
use frontdesk_domain::kernel::ids::{BusinessId, ChannelAddressId, StreamId, WebhookId};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::languages::Language;
use frontdesk_domain::scheduling::business::{Business, BusinessEvent, LegacyChannel};
use frontdesk_domain::values::sender::Authentication;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::{Garage, Reply, TestApp, tool_call};
use crate::support::commits::{accepted, old_events};
use crate::support::until;

const OLD_SECRET: &str = "a-secret-of-a-release-before";

/// A business with a channel in its own stream, claims included, as releases stored it that had no streams of
/// channels.
async fn with_old_channel(app: &TestApp) -> (Garage, LegacyChannel) {
    let garage = Garage::open(app, "Garage").await;
    let tenant: BusinessId = garage.business.parse().expect("an id");
    let (hasher, provider) = (app.process.app.bus.hasher(), providers::of_new_channels());
    let mut added: Value =
        serde_json::from_str(include_str!("../../../domain/fixtures/business-channel-added-1.json"))
            .expect("JSON");
    added["channel"]["authentication"]["hash"] = provider.secret_hash(hasher, OLD_SECRET).into();
    let Ok(BusinessEvent::ChannelAdded { channel }) = serde_json::from_value(added.clone()) else {
        panic!("an old channel")
    };
    let Authentication::Secret { hash: secret } = &channel.authentication else { panic!("a secret") };
    let hash = |purpose: &str, value: &[u8]| hasher.hash(purpose, value);
    let claims: [ChannelAddressId; 3] = [
        channel_claim(hash, &channel.provider, channel.id),
        secret_claim(hash, &channel.provider, secret),
        number_claim(hash, &channel.provider, &channel.numbers[0]),
    ];
    let owner = ChannelOwner { business_id: tenant, channel_id: channel.id };
    let claimed = serde_json::to_value(ChannelAddressEvent::ChannelAddressClaimed { owner }).expect("JSON");
    let business = Stream::of::<Business>(tenant);
    let version = app.log().versions(&[business]).await.expect("versions")[0];
    let mut events = vec![(business, version, added)];
    events.extend(claims.map(|claim| (Stream::of::<ChannelAddress>(claim), 0, claimed.clone())));
    accepted(app.log().appender(), &old_events(tenant, &events)).await;
    (garage, channel)
}

async fn hook(app: &TestApp, query: &str, secret: &str, id: &str) -> Reply {
    let body = json!({ "message": tool_call("c1", id, "get_business_hours", json!({})) }).to_string();
    let headers = [("x-vapi-secret", secret)];
    app.client(None).send(Method::POST, &format!("/webhooks/vapi{query}"), &headers, Some(body.into())).await
}

async fn listed(garage: &Garage) -> Vec<String> {
    let list = garage.get("/channels").await.expect(200).body;
    list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_a_release_before_is_listed_takes_webhooks_counts_and_can_be_removed() {
    let app = TestApp::start().await;
    let (garage, old) = with_old_channel(&app).await;
    let old_id = old.id.to_string();
    until(|| async { listed(&garage).await == [garage.channel.clone(), old_id.clone()] }).await;
    let shown = garage.get("/channels").await.body["items"][1].clone();
    assert_eq!((&shown["name"], &shown["authentication"]), (&json!("Front line"), &json!("secret")));
    assert_eq!(shown["provider"], "vapi");
    assert_eq!(shown["webhook_url"], format!("{}/webhooks/vapi?channel={old_id}", app.url));

    until(|| async { hook(&app, "", OLD_SECRET, "t1").await.status == 200 }).await;
    hook(&app, &format!("?channel={old_id}"), OLD_SECRET, "t2").await.expect(200);
    hook(&app, &format!("?channel={old_id}"), "another-secret-than-that", "t3")
        .await
        .problem(401, "unauthorized");
    let taken = json!({ "name": "Taken", "authentication": "secret", "secret": OLD_SECRET });
    garage.post("/channels", taken.clone()).await.problem(409, "channel-address-taken");

    // One of this release, and one of before.
    let more = || garage.post("/channels", json!({ "name": "More", "authentication": "secret" }));
    for _ in 2..50 {
        more().await.expect(201);
    }
    more().await.problem(409, "business-too-many-channels");
    garage.client.delete(&garage.path(&format!("/channels/{old_id}"))).await.expect(204);
    garage
        .client
        .delete(&garage.path(&format!("/channels/{old_id}")))
        .await
        .problem(404, "business-channel-not-found");
    hook(&app, "", OLD_SECRET, "t4").await.problem(401, "unauthorized");
    hook(&app, &format!("?channel={old_id}"), OLD_SECRET, "t5").await.problem(401, "unauthorized");
    garage.post("/channels", taken).await.expect(201);
    more().await.problem(409, "business-too-many-channels");
    hook(&app, "", OLD_SECRET, "t6").await.expect(200);
    until(|| async { listed(&garage).await.len() == 50 && !listed(&garage).await.contains(&old_id) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_removed_takes_nothing_more_at_once_here_and_soon_elsewhere() {
    let app = TestApp::start().await;
    let other = TestApp::builder().master_key(&app.master_key).start_on(app.database.clone()).await;
    let garage = Garage::open(&app, "Garage").await;
    let secret = "a-shared-secret-of-ours";
    let channel = json!({ "name": "Secret", "authentication": "secret", "secret": secret });
    let added = garage.post("/channels", channel.clone()).await.expect(201);
    for (number, app) in [&app, &other].into_iter().enumerate() {
        hook(app, "", secret, &format!("t{number}")).await.expect(200);
    }
    garage.client.delete(&garage.path(&format!("/channels/{}", added.id()))).await.expect(204);
    hook(&app, "", secret, "t0").await.problem(401, "unauthorized");
    until(|| async { hook(&other, "", secret, "t0").await.status == 401 }).await;

    let again = garage.post("/channels", channel).await.expect(201);
    assert_ne!(again.id(), added.id());
    hook(&app, "", secret, "t2").await.expect(200);
    until(|| async { hook(&other, "", secret, "t2").await.status == 200 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_on_the_platform_that_it_names_or_on_the_first() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let before = app.events().await;
    let add = async |channel: Value| garage.post("/channels", channel).await;
    let unknown = add(json!({ "name": "X", "provider": "somebody", "authentication": "secret" })).await;
    let unknown = unknown.problem(400, "bad-request");
    assert_eq!(app.events().await, before);
    for provider in providers::ALL {
        assert!(unknown.text.contains(provider.name()), "{}", unknown.text);
        let scheme: &str = provider.authentications()[0].into();
        let channel = json!({
            "name": "Y", "provider": provider.name(), "authentication": scheme, "secret": format!("the-secret-of-{}", provider.name()),
        });
        let added = add(channel).await.expect(201);
        let url = format!("{}/webhooks/{}?channel={}", app.url, provider.name(), added.id());
        assert_eq!(
            (&added.body["provider"], &added.body["webhook_url"]),
            (&json!(provider.name()), &json!(url))
        );
        let tools = format!("/api/v1/assistant-tools?channel_id={}", added.id());
        let tools = garage.client.get(&tools).await.expect(200);
        assert_eq!(tools.body["tools"], json!(provider.tool_definitions(Some(&url), Language::default())));
    }
    let first = providers::of_new_channels().name();
    let added = add(json!({ "name": "Z", "authentication": "secret" })).await.expect(201);
    assert_eq!(added.body["provider"], first);
    let position = added.position.as_deref().expect("a position");
    let shown = garage.get(&format!("/channels?min_position={position}")).await.expect(200).body;
    let shown =
        shown["items"].as_array().expect("items").iter().find(|shown| shown["id"] == added.body["id"]);
    assert_eq!(shown.expect("it is listed")["provider"], first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_a_provider_that_is_not_known_here_is_parked() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let id = WebhookId::from_uuid(Uuid::now_v7());
    let receipt = json!({
        "provider": "somebody-else", "message_type": "greeting", "channel_id": garage.channel, "call_id": null,
        "body_sha256": "00", "body_bytes": 2, "body_subject": id.uuid(),
    });
    let received = (Stream::of::<Webhook>(id), 0, json!({ "type": "WebhookReceived", "receipt": receipt }));
    accepted(app.log().appender(), &old_events(garage.business.parse().expect("an id"), &[received])).await;
    let parked = async || garage.get("/deliveries?state=parked").await.body["items"][0].clone();
    until(|| async { !parked().await.is_null() }).await;
    let reason = parked().await["reason"].clone();
    assert!(reason.as_str().is_some_and(|reason| reason.contains("somebody-else")), "{reason}");
}
