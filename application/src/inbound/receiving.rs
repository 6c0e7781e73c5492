//! Taking webhooks in.
//!
//! Tool calls are answered in the request and committed with their receipts. Everything else is taken in and
//! acknowledged; what it means is worked out later, by the [`translator`](super::translator). What cannot be
//! taken in a second time is known by its identity.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use frontdesk_adapters::command_bus::{BusError, Context};
use frontdesk_adapters::crypto::sha256_hex;
use frontdesk_adapters::event_log::CommitError;
use frontdesk_adapters::event_log::appender::{AppendError, Priority};
use frontdesk_adapters::providers::provider::{Provider, Request, WireReply};
use frontdesk_domain::conversations::call::{Call, CallStart, ToolAnswer, ToolCall};
use frontdesk_domain::conversations::commands::answer_tool_call::AnswerToolCall;
use frontdesk_domain::conversations::commands::receive_webhook::ReceiveWebhook;
use frontdesk_domain::conversations::inbound::{Answer, Content, Inbound, InboundToolCall};
use frontdesk_domain::conversations::tools::catalogue::CalledTool;
use frontdesk_domain::integrations::commands::webhooks::IncomingWebhook;
use frontdesk_domain::integrations::webhook::{Receipt, Webhook};
use frontdesk_domain::kernel::ids::{CallId, StreamId, WebhookId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::recorded::Position;
use frontdesk_domain::languages::{Language, Mistake, Reason, Said};
use frontdesk_domain::values::phone::PhoneNumber;

use serde_json::Value;
use tokio::time::Instant;

use super::body;
use super::caller;
use super::error::ReceiveError;
use super::sender::{self, Sender, Senders};
use crate::app::App;
use crate::reads::ReadError;
use crate::{tools, trace};

/// A webhook is answered within this time or not at all. Platforms wait longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A webhook that was taken in.
pub struct Received {
    pub reply: WireReply,
    /// The last position that it wrote, if it wrote anything.
    pub position: Option<Position>,
}

/// Takes a webhook in. `channel` is the one that its address names, if it names one.
pub async fn receive(
    app: &App,
    provider: &dyn Provider,
    channel: Option<&str>,
    request: &Request<'_>,
) -> Result<Received, ReceiveError> {
    let senders = match channel {
        Some(channel) => Senders::of(sender::of_channel(app, provider, channel, request).await?),
        None => sender::found(app, provider, request).await?,
    };
    // What nobody has vouched for is not read.
    let messages = provider.parse(request)?;
    count(provider, &messages);
    let (digest, kept) = (sha256_hex(request.body), Mutex::default());
    let (bytes, deadline) = (request.body.len() as u64, Instant::now() + PATIENCE);
    let (mut answered, mut position) = (Vec::with_capacity(messages.len()), None);
    // One after the other: they may stand in one call's stream.
    for inbound in messages {
        let Some(sender) = senders.sender(&inbound) else {
            // It would come again and again: nobody here has that number.
            tracing::warn!(provider = provider.name(), "a message is for a number that is on no channel");
            metrics::counter!("frontdesk_webhooks_unclaimed_total", "provider" => provider.name())
                .increment(1);
            continue;
        };
        let (digest, kept) = (digest.as_str(), &kept);
        let receiving = Receiving { app, provider, sender, digest, bytes, kept, deadline };
        let (answer, written) = receiving.answer(&inbound).await?;
        answered.push((inbound, answer));
        position = written.or(position);
    }
    let language = match senders.first() {
        Some(sender) => sender.business()?.profile.language,
        None => Language::default(),
    };
    Ok(Received { reply: provider.reply(&answered, language), position })
}

fn count(provider: &dyn Provider, messages: &[Inbound]) {
    let Some(first) = messages.first() else { return };
    let known = provider.known_types().iter().copied().find(|known| *known == first.message_type);
    metrics::counter!("frontdesk_webhooks_total", "provider" => provider.name(), "type" => known.unwrap_or("other")).increment(1);
}

/// What was answered, and the last position that was written for it.
type Answered = (Answer, Option<Position>);

/// The body that is kept of a wire.
type Kept = (Arc<Value>, Arc<Vec<u8>>);

/// A webhook on its way in.
struct Receiving<'a> {
    app: &'a App,
    provider: &'a dyn Provider,
    sender: &'a Sender,
    /// Of the body as it came.
    digest: &'a str,
    bytes: u64,
    /// What is kept of the last message that was taken in: those of one body may share their wire.
    kept: &'a Mutex<Option<Kept>>,
    deadline: Instant,
}

impl Receiving<'_> {
    async fn answer(&self, inbound: &Inbound) -> Result<Answered, ReceiveError> {
        let (answer, ignore) = match &inbound.content {
            Content::ToolCall(call) => return self.tool_call(inbound, call).await,
            Content::AssistantRequest => (self.assistant(inbound).await?, None),
            Content::TransferRequest => {
                let number = self.sender.business()?.profile.handover_number.clone();
                (Answer::Transfer { number }, Some("answered when it came"))
            }
            Content::KnowledgeRequest => (Answer::NoKnowledge, Some("there is no knowledge base")),
            Content::CallNews(_) | Content::Message(_) | Content::Receipt(_) | Content::Unreadable { .. } => {
                (Answer::Received, None)
            }
            Content::Unanswerable => {
                let text = self.language()?.mistake(&Mistake::NoToolCallId);
                (Answer::ToolResult { text, is_error: true }, None)
            }
            Content::Unknown { reason } => (Answer::Received, Some(*reason)),
        };
        Ok((answer, self.take_in(inbound, ignore).await?))
    }

    /// Who takes a call, and what they are told of the caller.
    async fn assistant(&self, inbound: &Inbound) -> Result<Answer, ReceiveError> {
        let assistant_id = self.sender.channel.assistant_id.clone();
        let (tenant, business) = (self.sender.tenant, self.sender.business()?);
        let caller = self.caller(inbound).await?;
        let call_id = self.call_id(inbound.provider_call_id.as_deref().unwrap_or_default());
        let context = tools::ToolContext { call_id, tenant, caller_number: caller.as_ref(), business };
        let variables = tools::recognised::variables(self.app, &context, self.app.bus.clock().now()).await;
        Ok(Answer::Assistant { assistant_id, variables })
    }

    /// Takes in a message that needs no decision.
    async fn take_in(
        &self,
        inbound: &Inbound,
        ignore: Option<&str>,
    ) -> Result<Option<Position>, ReceiveError> {
        let webhook_id = self.webhook_id(inbound);
        if self.app.bus.known::<Webhook>(webhook_id).is_some_and(|webhook| *webhook != Webhook::Unknown) {
            return Ok(None);
        }
        let begins_call = matches!(inbound.content, Content::AssistantRequest);
        let start = match inbound.provider_call_id.as_ref().filter(|_| begins_call) {
            Some(call) => {
                let caller = self.caller(inbound).await?;
                Some((self.call_id(call), self.start(inbound, call, caller)))
            }
            None => None,
        };
        let ignore = ignore.or((begins_call && start.is_none()).then_some("it names no call"));
        let call_id = inbound.provider_call_id.as_ref().map(|call| self.call_id(call));
        let command = ReceiveWebhook {
            webhook: self.incoming(inbound, webhook_id, call_id),
            ignore: ignore.map(str::to_owned),
            start,
        };
        let actor = Actor::new(ActorKind::Provider, self.provider.name());
        Ok(self.app.bus.execute(&self.context(inbound, webhook_id, actor), &command).await?.position)
    }

    async fn tool_call(&self, inbound: &Inbound, call: &InboundToolCall) -> Result<Answered, ReceiveError> {
        let call_id = self.call_id(&call.call_key);
        let business = self.sender.business()?;
        let language = business.profile.language;
        // What was answered once stays the answer: no need to look further.
        if let Some(answer) =
            self.app.bus.known::<Call>(call_id).and_then(|known| known.answer(&call.id).cloned())
        {
            return Ok((tool_result(answer, language), None));
        }
        let webhook_id = self.webhook_id(inbound);
        let tenant = self.sender.tenant;
        let caller = self.caller(inbound).await?;
        let context = tools::ToolContext { call_id, tenant, caller_number: caller.as_ref(), business };
        let arguments = Personal::new(SubjectId::of(call_id), call.arguments.clone());
        let command = AnswerToolCall {
            webhook: self.incoming(inbound, webhook_id, Some(call_id)),
            call_id,
            start: self.start(inbound, &call.call_key, caller.clone()),
            tool_call: ToolCall { id: call.id.clone(), tool: CalledTool::of(&call.name), arguments },
            request: tools::understand(self.app, &context, call).await?,
        };
        let actor = Actor::new(ActorKind::Assistant, call_id);
        match self.app.bus.execute(&self.context(inbound, webhook_id, actor), &command).await {
            Ok(executed) => Ok((tool_result(executed.output, language), executed.position)),
            Err(error) => {
                let reason = lasting(&error).ok_or(error)?;
                Ok((Answer::ToolResult { text: language.refusal(reason).to_owned(), is_error: true }, None))
            }
        }
    }

    /// What callers are answered in.
    fn language(&self) -> Result<Language, ReadError> {
        Ok(self.sender.business()?.profile.language)
    }

    fn call_id(&self, provider_call_id: &str) -> CallId {
        CallId::of(self.sender.tenant, self.provider.name(), provider_call_id)
    }

    fn webhook_id(&self, inbound: &Inbound) -> WebhookId {
        let identity: Vec<&str> = inbound.identity.iter().map(String::as_str).collect();
        WebhookId::of(self.sender.tenant, self.provider.name(), &identity)
    }

    async fn caller(&self, inbound: &Inbound) -> Result<Option<PhoneNumber>, ReceiveError> {
        let (bus, tenant) = (&self.app.bus, self.sender.tenant);
        let caller = caller::number(bus, tenant, self.sender.business()?, inbound).await;
        Ok(caller.map_err(ReadError::from)?)
    }

    fn start(&self, inbound: &Inbound, provider_call_id: &str, caller: Option<PhoneNumber>) -> CallStart {
        let (call_id, channel_id) = (self.call_id(provider_call_id), self.sender.channel_id);
        inbound.call_start(self.provider.name(), provider_call_id, channel_id, call_id, caller)
    }

    fn incoming(&self, inbound: &Inbound, id: WebhookId, call_id: Option<CallId>) -> IncomingWebhook {
        let receipt = Receipt {
            provider: self.provider.name().into(),
            message_type: inbound.message_type.clone(),
            channel_id: self.sender.channel_id,
            call_id,
            body_sha256: self.digest.to_owned(),
            body_bytes: self.bytes,
            body_subject: call_id.map_or(id.uuid(), StreamId::uuid),
        };
        IncomingWebhook { id, receipt, body: self.kept(inbound) }
    }

    fn kept(&self, inbound: &Inbound) -> Arc<Vec<u8>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((wire, body)) if Arc::ptr_eq(wire, &inbound.wire) => body.clone(),
            _ => {
                let body = Arc::new(body::compress(&self.provider.kept(inbound)));
                *kept = Some((inbound.wire.clone(), body.clone()));
                body
            }
        }
    }

    fn context(&self, inbound: &Inbound, webhook_id: WebhookId, actor: Actor) -> Context {
        let mut context = Context::new(self.sender.tenant, actor, PATIENCE);
        context.deadline = self.deadline;
        let key = inbound.provider_call_id.as_ref().map(|call| self.call_id(call).to_string());
        // Whom a message is with is nobody's business: it goes in hashed.
        let with = inbound.conversation_key.as_ref().map(|with| format!("{} {with}", self.sender.channel_id));
        let ordering = key.as_ref().or(with.as_ref()).cloned().unwrap_or_else(|| webhook_id.to_string());
        context.ordering_key = Some(self.app.bus.hasher().hash("ordering", ordering.as_bytes()).to_string());
        context.correlation_id = key.unwrap_or_else(|| webhook_id.to_string());
        context.causation_id = Some(webhook_id.to_string());
        context.occurred_at = inbound.sent_at;
        context.trace_id = trace::current();
        context.priority = if inbound.is_awaited { Priority::Voice } else { Priority::Normal };
        context
    }
}

fn tool_result(answer: ToolAnswer, language: Language) -> Answer {
    let text = answer.text.into_known().unwrap_or_else(|| language.say(&Said::AnswerErased));
    Answer::ToolResult { text, is_error: answer.is_error }
}

/// Why trying again would not help, if it would not. Then the model has to hear of it: platforms ignore
/// replies that are no results.
fn lasting(error: &BusError) -> Option<Reason> {
    match error {
        BusError::Refused(refusal) => Some(Reason::of(&refusal.slug)),
        BusError::Commit(CommitError::Erased(_)) => Some(Reason::PersonErased),
        BusError::Commit(CommitError::Append(AppendError::TooLarge)) => Some(Reason::Other),
        BusError::Commit(_)
        | BusError::Unavailable(_)
        | BusError::Crowded
        | BusError::Contended
        | BusError::TooMuchWork => None,
    }
}
