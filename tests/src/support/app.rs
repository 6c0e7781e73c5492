//! A whole process of Frontdesk in the test's own, and clients that talk to it over HTTP.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk::connections;
use frontdesk::http::body;
use frontdesk::http::cors::Origins;
use frontdesk_adapters::cache::Cache;
use frontdesk_adapters::command_bus::ManualClock;
use frontdesk_adapters::crypto::{MasterKey, MasterKeys};
use frontdesk_adapters::event_log::EventLog;
use frontdesk_application::app::App;
use frontdesk_application::process::{Parts, Process, Role};
use frontdesk_projections::read_models;
use hmac::{Hmac, Mac};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::SOME_TIME;
use super::database::TestDatabase;
use super::process::morning;

pub const OPERATOR_KEY: &str = "the-operators-own-key";

/// What a process under test is made of.
#[derive(Debug)]
pub struct TestAppBuilder {
    master_key: MasterKey,
    other_master_keys: Vec<MasterKey>,
    shared_cache: Option<Arc<dyn Cache>>,
    role: Role,
    now: DateTime<Utc>,
    bodies: body::Limits,
    connections: connections::Limits,
    origins: Origins,
}

impl TestAppBuilder {
    /// The time at which it is started; else it is [`morning`].
    pub fn at(self, now: DateTime<Utc>) -> Self {
        Self { now, ..self }
    }

    pub fn master_key(self, master_key: &MasterKey) -> Self {
        Self { master_key: master_key.clone(), ..self }
    }

    pub fn other_master_keys(self, other_master_keys: &[MasterKey]) -> Self {
        Self { other_master_keys: other_master_keys.to_vec(), ..self }
    }

    pub fn shared_cache(self, cache: impl Cache + 'static) -> Self {
        Self { shared_cache: Some(Arc::new(cache)), ..self }
    }

    pub fn bodies(self, bodies: body::Limits) -> Self {
        Self { bodies, ..self }
    }

    pub fn connections(self, connections: connections::Limits) -> Self {
        Self { connections, ..self }
    }

    /// Whose pages may call it.
    pub fn origins(self, origins: &str) -> Self {
        Self { origins: Origins::parse(origins).expect("origins"), ..self }
    }

    pub fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Starts it on a database of its own.
    pub async fn start(self) -> TestApp {
        self.start_on(Arc::new(TestDatabase::create().await)).await
    }

    pub async fn start_on(self, database: Arc<TestDatabase>) -> TestApp {
        frontdesk::machine::prepare();
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let clock = Arc::new(ManualClock::at(self.now));
        let process = Process::start(Parts {
            database: &database.database,
            connections: 8,
            shared_cache: self.shared_cache,
            master_keys: &MasterKeys::new(self.master_key.clone(), self.other_master_keys),
            operator_key: Some(OPERATOR_KEY),
            clock: clock.clone(),
            public_url: url.clone(),
            role: self.role,
            jobs: Default::default(),
        })
        .await
        .expect("a process");
        let stop = CancellationToken::new();
        let metrics = frontdesk::telemetry::start_metrics();
        let routes = frontdesk::http::routes(process.app.clone(), metrics, self.bodies, self.origins);
        tokio::spawn(connections::serve(
            listener,
            routes,
            self.connections,
            stop.clone(),
            Duration::from_secs(25),
        ));
        TestApp {
            url,
            clock,
            database,
            process,
            master_key: self.master_key,
            http: reqwest::Client::new(),
            stop: stop.clone(),
            _stop_at_end: stop.drop_guard(),
        }
    }
}

pub struct TestApp {
    pub url: String,
    pub clock: Arc<ManualClock>,
    pub database: Arc<TestDatabase>,
    pub process: Process,
    pub master_key: MasterKey,
    http: reqwest::Client,
    stop: CancellationToken,
    _stop_at_end: tokio_util::sync::DropGuard,
}

impl TestApp {
    pub fn builder() -> TestAppBuilder {
        TestAppBuilder {
            master_key: MasterKey::generate(),
            other_master_keys: Vec::new(),
            shared_cache: None,
            role: Role::All,
            now: morning(),
            bodies: Default::default(),
            connections: Default::default(),
            origins: Origins::default(),
        }
    }

    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Tells the server to stop, as a signal does.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    pub fn log(&self) -> &EventLog {
        self.process.app.log()
    }

    pub fn operator(&self) -> Client {
        self.client(Some(OPERATOR_KEY))
    }

    pub fn client(&self, key: Option<&str>) -> Client {
        let (app, http) = (self.process.app.clone(), self.http.clone());
        Client { app, url: self.url.clone(), key: key.map(str::to_owned), http }
    }

    /// How many events there are.
    pub async fn events(&self) -> i64 {
        self.log().head().await.expect("a head")
    }
}

#[derive(Debug, Clone)]
pub struct Client {
    app: App,
    url: String,
    key: Option<String>,
    http: reqwest::Client,
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub position: Option<String>,
    pub etag: Option<String>,
    pub replayed: bool,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Reply {
    /// The reply, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A problem of this kind.
    #[track_caller]
    pub fn problem(self, status: u16, kind: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.content_type, "application/problem+json");
        assert_eq!(reply.body["type"], format!("/docs/problems#{kind}"), "{}", reply.text);
        assert!(reply.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        reply
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }
}

impl Client {
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Reply {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        for (name, value) in headers {
            // Any bytes that HTTP can carry, as other clients send them.
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header");
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.expect("a response");
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (content_type, position, etag) =
            (header("content-type").unwrap_or_default(), header("frontdesk-position"), header("etag"));
        let (status, replayed) = (response.status(), header("idempotency-replayed").is_some());
        let headers = response.headers().clone();
        let text = response.text().await.expect("a text");
        let body = serde_json::from_str(&text).unwrap_or_default();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
        Reply { status: status.as_u16(), content_type, position, etag, replayed, headers, text, body }
    }

    /// Waits until what this process has written can be read: on a busy machine its read models and caches
    /// are behind for a while.
    async fn caught_up(&self) {
        let written = *self.app.log().appender().head().borrow();
        for model in read_models() {
            let reached = self.app.positions.reach(model.as_ref(), written, SOME_TIME).await;
            assert!(reached.is_ok(), "{} reaches {written} some time", model.name());
        }
        assert!(self.app.cache.follows(written, SOME_TIME).await, "the caches follow some time");
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.caught_up().await;
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.post_with(path, &[], body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, &[], Some(body.to_string().into())).await
    }

    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        self.send(Method::POST, path, headers, Some(body.to_string().into())).await
    }
}

/// A business over HTTP: open all week from 9 to 17 in Bogotá, with one mechanic and a service of an hour.
#[derive(Debug, Clone)]
pub struct Garage {
    pub client: Client,
    pub business: String,
    pub resource: String,
    pub service: String,
    /// Of the channel with a signature.
    pub channel: String,
    pub channel_key: String,
    pub hook: Client,
}

impl Garage {
    pub async fn open(app: &TestApp, name: &str) -> Self {
        let operator = app.operator();
        let day = json!([{ "opens": "09:00", "closes": "17:00" }]);
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let hours: serde_json::Map<String, Value> =
            days.iter().map(|name| ((*name).to_owned(), day.clone())).collect();
        let profile = json!({ "name": name, "zone": "America/Bogota", "country": "CO", "handover_number": "+573001234567" });
        let business = operator
            .post("/api/v1/businesses", json!({ "profile": profile, "hours": hours }))
            .await
            .expect(201)
            .id();
        let root = format!("/api/v1/businesses/{business}");
        let issued = operator
            .post(&format!("{root}/api-keys"), json!({ "name": "test", "scope": "tenant_admin" }))
            .await
            .expect(201);
        let client = app.client(issued.body["key"].as_str());
        let resource =
            client.post(&format!("{root}/resources"), json!({ "name": "Ana" })).await.expect(201).id();
        let details = json!({ "name": "Oil change", "duration_minutes": 60, "step_minutes": 60, "needs": [{ "any_of": [resource] }] });
        let service = client.post(&format!("{root}/services"), details).await.expect(201).id();
        let channel = json!({ "name": "Voice", "authentication": "hmac", "assistant_id": "assistant-1" });
        let channel = client.post(&format!("{root}/channels"), channel).await.expect(201);
        let position = channel.position.as_deref().expect("a position");
        client.get(&format!("{root}/services?min_position={position}")).await.expect(200);
        Self {
            channel: channel.id(),
            channel_key: channel.body["secret"].as_str().expect("a key").to_owned(),
            hook: app.client(None),
            client,
            business,
            resource,
            service,
        }
    }

    /// The same business, by way of another process.
    pub fn at(&self, app: &TestApp) -> Self {
        let moved = |client: &Client| Client { key: client.key.clone(), ..app.client(None) };
        Self { client: moved(&self.client), hook: moved(&self.hook), ..self.clone() }
    }

    pub fn path(&self, path: &str) -> String {
        format!("/api/v1/businesses/{}{path}", self.business)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.client.get(&self.path(path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.client.post(&self.path(path), body).await
    }

    /// The slot tokens of the open slots of a day.
    pub async fn slots(&self, day: &str) -> Vec<String> {
        let path = format!("/availability?service_id={}&day={day}&limit=100", self.service);
        let reply = self.get(&path).await.expect(200);
        let slots = reply.body["slots"].as_array().expect("slots");
        slots.iter().map(|slot| slot["slot_token"].as_str().expect("a token").to_owned()).collect()
    }

    /// Books a slot for somebody whose number nobody else has.
    pub async fn book(&self, slot_token: &str, number: usize) -> Reply {
        let attendee = json!({ "name": format!("Customer {number}"), "phone": format!("+57300{number:07}") });
        self.post("/appointments", json!({ "slot_token": slot_token, "attendee": attendee })).await
    }

    /// Sends a message as the voice platform does, signed at this time.
    pub async fn hook_at(&self, now: DateTime<Utc>, body: &[u8]) -> Reply {
        self.hook.caught_up().await;
        self.hook_at_once(now, body).await
    }

    /// The same, whatever read models show by then: perhaps nobody runs them.
    pub async fn hook_at_once(&self, now: DateTime<Utc>, body: &[u8]) -> Reply {
        let timestamp = now.timestamp().to_string();
        let signature = signature(&self.channel_key, &timestamp, body);
        let headers = [("x-signature", signature.as_str()), ("x-timestamp", timestamp.as_str())];
        let path = format!("/webhooks/vapi?channel={}", self.channel);
        self.hook.send(Method::POST, &path, &headers, Some(body.to_vec())).await
    }

    pub async fn hook(&self, message: Value) -> Reply {
        self.hook_at(morning(), json!({ "message": message }).to_string().as_bytes()).await
    }

    /// One tool call; its result.
    pub async fn tool(&self, call: &str, id: &str, tool: &str, arguments: Value) -> Value {
        let reply = self.hook(tool_call(call, id, tool, arguments)).await.expect(200);
        reply.body["results"][0].clone()
    }

    /// One tool call; what stands in the text of its result.
    pub async fn answer(&self, call: &str, id: &str, tool: &str, arguments: Value) -> Value {
        let result = self.tool(call, id, tool, arguments).await;
        serde_json::from_str(result["result"].as_str().unwrap_or_else(|| panic!("no result in {result}")))
            .expect("JSON")
    }
}

pub fn tool_call(call: &str, id: &str, tool: &str, arguments: Value) -> Value {
    json!({
        "type": "tool-calls",
        "call": { "id": call, "customer": { "number": "+573007654321" } },
        "toolCallList": [{ "id": id, "type": "function", "function": { "name": tool, "arguments": arguments } }],
    })
}

pub fn signature(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
