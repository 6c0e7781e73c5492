//! `POST /webhooks/vapi`: everything that the voice platform sends.
//!
//! Tool calls are answered in the request and committed with their receipts. Everything else is taken in and acknowledged. Whose a message is
//! says, in this order, `?channel=` in the address, the secret that it carries, or the numbers that it names.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use frontdesk_adapters::command_bus::Context;
use frontdesk_adapters::crypto::sha256_hex;
use frontdesk_adapters::event_log::appender::Priority;
use frontdesk_adapters::providers::vapi::redact::redacted;
use frontdesk_adapters::providers::vapi::webhook::{self, Headers, NotAuthentic, Presented};
use frontdesk_adapters::providers::vapi::wire::{Message, WireToolCall};
use frontdesk_adapters::providers::vapi::{self, reply};
use frontdesk_application::app::App;
use frontdesk_application::tools;
use frontdesk_domain::conversations::call::{Call, CallStart, ToolCall};
use frontdesk_domain::conversations::channel_address::{ChannelAddress, ChannelOwner};
use frontdesk_domain::conversations::commands::answer_tool_call::AnswerToolCall;
use frontdesk_domain::conversations::commands::receive_webhook::ReceiveWebhook;
use frontdesk_domain::integrations::commands::webhooks::IncomingWebhook;
use frontdesk_domain::integrations::webhook::{Receipt, Webhook};
use frontdesk_domain::kernel::ids::{BusinessId, CallId, ChannelAddressId, ChannelId, StreamId, WebhookId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::languages::{Language, Reason};
use frontdesk_domain::scheduling::business::{Business, Channel, Registered};
use frontdesk_domain::scheduling::commands::businesses::{channel_claim, number_claim, secret_claim};
use poem::error::ReadBodyError;
use poem::http::{HeaderMap, StatusCode};
use poem::web::{Data, Json, Query};
use poem::{Body, IntoResponse, Response, handler};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::problem::Problem;
use crate::http::reply::POSITION;

/// The platform sends the whole conversation again and again; an end-of-call report of a long call stays below this.
const BODY_BYTES_MAX: usize = 4 << 20;
/// A tool call is answered within the platform's patience or not at all.
/// The platform waits twenty seconds by default.
const VOICE_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize)]
pub struct Address {
    channel: Option<String>,
}

struct RequestHeaders<'a>(&'a HeaderMap);

impl Headers for RequestHeaders<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

/// What goes back.
struct Answer {
    body: Value,
    position: Option<Position>,
}

impl Answer {
    fn plain(body: Value) -> Self {
        Self { body, position: None }
    }
}

#[handler]
pub async fn receive(
    app: Data<&App>,
    Query(address): Query<Address>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = body.into_bytes_limit(BODY_BYTES_MAX).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", format!("a webhook has at most {BODY_BYTES_MAX} bytes"))
        }
        error => Problem::bad_request(error.to_string()),
    })?;
    let message = Message::parse(&body);
    let sender = authenticate(&app, &address, &RequestHeaders(headers), &body, message.as_ref().ok()).await?;
    let message = message.map_err(|error| Problem::bad_request(error.to_string()))?;
    metrics::counter!("frontdesk_webhooks_total", "provider" => vapi::NAME, "type" => known_type(&message.message_type))
        .increment(1);
    let answer = Intake { app: &app, sender, message, digest: sha256_hex(&body), bytes: body.len() as u64 }.answer().await?;
    let mut response = Json(answer.body).into_response();
    if let Some(position) = answer.position.and_then(|position| app.positions.token(position).parse().ok()) {
        response.headers_mut().insert(POSITION, position);
    }
    Ok(response)
}

/// For metrics: what somebody else makes up must not become a label.
fn known_type(message_type: &str) -> &'static str {
    ["tool-calls", "function-call", "status-update", "end-of-call-report", "assistant-request", "transfer-destination-request"]
        .into_iter()
        .find(|known| *known == message_type)
        .unwrap_or("other")
}

/// The channel that a request has proved to come from.
struct Sender {
    tenant: BusinessId,
    business: Arc<Business>,
    channel: Channel,
}

impl Sender {
    fn business(&self) -> Result<&Registered, Problem> {
        self.business.registered().map_err(|error| Problem::not_found(error.to_string()))
    }
}

async fn authenticate(
    app: &App,
    address: &Address,
    headers: &impl Headers,
    body: &[u8],
    message: Option<&Message>,
) -> Result<Sender, Problem> {
    let hasher = app.bus.hasher();
    let presented = webhook::presented(headers, hasher);
    let unauthorized = |error: NotAuthentic| Problem::unauthorized(error.to_string());
    let nobody = if presented.is_empty() { NotAuthentic::Missing } else { NotAuthentic::Wrong };
    for claim in claims(app, address, &presented, message)? {
        let Some(ChannelOwner { business_id, channel_id }) = app.bus.current::<ChannelAddress>(claim).await?.owner else {
            continue;
        };
        let business = app.bus.current::<Business>(business_id).await?;
        let Some(channel) = business.registered().ok().and_then(|business| business.channel(channel_id).cloned()) else { continue };
        let (sealing, now) = (&app.keys.channels, app.bus.clock().now());
        webhook::verify(&channel.authentication, &presented, headers, body, sealing, now).map_err(unauthorized)?;
        return Ok(Sender { tenant: business_id, business, channel });
    }
    Err(unauthorized(nobody))
}

/// The claims that may lead to the channel, the most telling first.
fn claims(
    app: &App,
    address: &Address,
    presented: &[Presented],
    message: Option<&Message>,
) -> Result<Vec<ChannelAddressId>, Problem> {
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    if let Some(channel) = &address.channel {
        let channel_id: ChannelId = channel.parse().map_err(|error| Problem::bad_request(format!("channel: {error}")))?;
        return Ok(vec![channel_claim(hash, vapi::NAME, channel_id)]);
    }
    let secrets =
        presented.iter().map(|(Presented::Secret(secret) | Presented::Bearer(secret))| secret_claim(hash, vapi::NAME, secret));
    let numbers = message.map(Message::addresses).unwrap_or_default();
    Ok(secrets.chain(numbers.iter().map(|number| number_claim(hash, vapi::NAME, number))).collect())
}

/// A message on its way in.
struct Intake<'a> {
    app: &'a App,
    sender: Sender,
    message: Message,
    digest: String,
    bytes: u64,
}

impl Intake<'_> {
    async fn answer(&self) -> Result<Answer, Problem> {
        match self.message.message_type.as_str() {
            _ if self.message.is_tool_call() => self.tool_calls().await,
            "assistant-request" => {
                let position = self.take_in(None, Priority::Voice).await?;
                Ok(Answer { body: reply::assistant(self.sender.channel.assistant_id.as_deref(), self.language()?), position })
            }
            "transfer-destination-request" => {
                let position = self.take_in(Some("answered when it came"), Priority::Voice).await?;
                let number = self.sender.business()?.profile.handover_number.as_ref().map(|number| number.as_str());
                Ok(Answer { body: reply::transfer_destination(number, self.language()?), position })
            }
            "knowledge-base-request" => {
                let position = self.take_in(Some("there is no knowledge base"), Priority::Voice).await?;
                Ok(Answer { body: json!({ "documents": [] }), position })
            }
            _ => {
                let changes_nothing = self.message.news(SubjectId::OF_THE_COMMAND).is_none();
                let position = self.take_in(changes_nothing.then_some("it changes nothing here"), Priority::Normal).await?;
                Ok(Answer { body: json!({}), position })
            }
        }
    }

    /// Takes in a message that needs no decision.
    async fn take_in(&self, ignore: Option<&str>, priority: Priority) -> Result<Option<Position>, Problem> {
        let webhook_id = self.webhook_id(&self.message.identity());
        if self.app.bus.known::<Webhook>(webhook_id).is_some_and(|webhook| *webhook != Webhook::Unknown) {
            return Ok(None);
        }
        let begins_call = self.message.message_type == "assistant-request";
        let start = self.message.call_id.as_ref().filter(|_| begins_call).map(|call| self.start(call));
        let command = ReceiveWebhook {
            webhook: self.incoming(webhook_id, self.message.call_id.as_ref().map(|call| self.call_id(call))),
            ignore: ignore.map(str::to_owned).or_else(|| (begins_call && start.is_none()).then(|| "it names no call".into())),
            start,
        };
        let actor = Actor::new(ActorKind::Provider, vapi::NAME);
        Ok(self.app.bus.execute(&self.context(actor, webhook_id, priority), &command).await?.position)
    }

    async fn tool_calls(&self) -> Result<Answer, Problem> {
        let calls = self.message.tool_calls();
        if calls.is_empty() {
            let position = self.take_in(Some("there is no tool call in it"), Priority::Voice).await?;
            return Ok(Answer { body: reply::tool_results(vec![], false), position });
        }
        let (mut results, mut position) = (Vec::with_capacity(calls.len()), None);
        // One after the other: they stand in one call's stream.
        for call in &calls {
            let answer = self.tool_call(call).await?;
            results.push(answer.body);
            position = answer.position.or(position);
        }
        let is_legacy = self.message.message_type == "function-call";
        Ok(Answer { body: reply::tool_results(results, is_legacy), position })
    }

    async fn tool_call(&self, wire: &WireToolCall) -> Result<Answer, Problem> {
        let (call_id, start) = self.start(&self.message.call_key());
        // What was answered once stays the answer: no need to look further.
        if let Some(answer) = self.app.bus.known::<Call>(call_id).and_then(|call| call.answer(&wire.id).cloned()) {
            return Ok(Answer::plain(reply::tool_result(wire, &answer, self.language()?)));
        }
        let webhook_id = self.webhook_id(&self.message.tool_call_identity(&wire.id));
        let business = self.sender.business()?;
        let context =
            tools::ToolContext { call_id, tenant: self.sender.tenant, caller_number: self.message.caller.as_ref(), business };
        let subject = SubjectId::of(call_id);
        let command = AnswerToolCall {
            webhook: self.incoming(webhook_id, Some(call_id)),
            call_id,
            start,
            tool_call: ToolCall {
                id: wire.id.clone(),
                tool: wire.name.clone(),
                arguments: Personal::new(subject, wire.arguments.clone().unwrap_or_default()),
            },
            request: tools::understand(self.app, &context, wire).await?,
        };
        let actor = Actor::new(ActorKind::Assistant, call_id);
        match self.app.bus.execute(&self.context(actor, webhook_id, Priority::Voice), &command).await {
            Ok(executed) => Ok(Answer {
                body: reply::tool_result(wire, &executed.output, business.profile.language),
                position: executed.position,
            }),
            Err(error) => match Problem::from(error) {
                // The platform should try again.
                problem if problem.status().is_server_error() => Err(problem),
                // The model must hear of it: anything but 200 is ignored.
                problem => {
                    let reason = business.profile.language.refusal(Reason::of(problem.slug()));
                    Ok(Answer::plain(json!({ "toolCallId": wire.id, "name": wire.name, "error": reason })))
                }
            },
        }
    }

    /// What callers are answered in.
    fn language(&self) -> Result<Language, Problem> {
        Ok(self.sender.business()?.profile.language)
    }

    fn call_id(&self, provider_call_id: &str) -> CallId {
        CallId::of(self.sender.tenant, vapi::NAME, provider_call_id)
    }

    fn webhook_id(&self, identity: &[String]) -> WebhookId {
        let identity: Vec<&str> = identity.iter().map(String::as_str).collect();
        WebhookId::of(self.sender.tenant, vapi::NAME, &identity)
    }

    fn start(&self, provider_call_id: &str) -> (CallId, CallStart) {
        let call_id = self.call_id(provider_call_id);
        (call_id, tools::call_start(call_id, provider_call_id, self.sender.channel.id, &self.message))
    }

    fn incoming(&self, webhook_id: WebhookId, call_id: Option<CallId>) -> IncomingWebhook {
        let receipt = Receipt {
            provider: vapi::NAME.into(),
            message_type: self.message.message_type.clone(),
            channel_id: self.sender.channel.id,
            call_id,
            body_sha256: self.digest.clone(),
            body_bytes: self.bytes,
            body_subject: call_id.map_or(webhook_id.uuid(), StreamId::uuid),
        };
        IncomingWebhook { id: webhook_id, receipt, body: Arc::new(compressed(&redacted(self.message.content().clone()))) }
    }

    fn context(&self, actor: Actor, webhook_id: WebhookId, priority: Priority) -> Context {
        let mut context = Context::new(self.sender.tenant, actor, VOICE_PATIENCE);
        let key = match &self.message.call_id {
            Some(call) => self.call_id(call).to_string(),
            None => webhook_id.to_string(),
        };
        context.ordering_key = Some(self.app.bus.hasher().hash("ordering", key.as_bytes()).to_string());
        context.correlation_id = key;
        context.causation_id = Some(webhook_id.to_string());
        context.occurred_at = self.message.sent_at;
        context.trace_id = frontdesk_application::trace::current();
        context.priority = priority;
        context
    }
}

/// As [`frontdesk_application::inbound::translator`] expands it again.
fn compressed(content: &Value) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(json!({ "message": content }).to_string().as_bytes());
    encoder.finish().unwrap_or_default()
}
