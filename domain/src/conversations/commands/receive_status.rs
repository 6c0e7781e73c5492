//! Taking in what providers report of the messages that we have sent, and what came of handing them over.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::consents::stop_or_start;
use super::receive_message::by_name;
use super::send_message::{Allowed, allowed};
use crate::conversations::outbound_message::{
    DeliveryReport, Failure as Failed, FailureKind, OutboundMessage, OutboundMessageCommand,
    SuppressionReason,
};
use crate::conversations::provider_message::{ProviderMessage, ProviderMessageCommand};
use crate::kernel::ids::{ChannelId, OutboundMessageId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::people::consent::ConsentSource;

/// Takes in a receipt. Where the message is not known to be ours yet, it waits under the provider's name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReceiveStatus {
    pub channel_id: ChannelId,
    /// The provider's name of the message.
    pub name: Personal<String>,
    /// Our id of it, if the provider gives it back. It settles a try whose outcome was lost.
    pub ours: Option<OutboundMessageId>,
    pub report: DeliveryReport,
}

impl Command for ReceiveStatus {
    const NAME: &'static str = "ReceiveMessageStatus";
    /// The message of ours, if it is known.
    type Output = Option<OutboundMessageId>;

    async fn decide<W: Work>(&self, work: &W) -> Result<Option<OutboundMessageId>, Failure> {
        let Some(name) = self.name.known() else { return Ok(None) };
        let provider_message_id = by_name(work, self.channel_id, name);
        work.about(SubjectId::of(provider_message_id));
        let named = work.load::<ProviderMessage>(provider_message_id).await?.state.sent_as;
        let ours = match (named, self.ours) {
            (Some(known), _) => Some(known),
            (None, Some(ours)) if is_of(work, ours, self.channel_id).await? => {
                accept(work, ours, self.channel_id, &self.name).await?;
                Some(ours)
            }
            (None, _) => None,
        };
        let Some(ours) = ours else {
            let report = ProviderMessageCommand::Report { report: self.report.clone() };
            work.execute::<ProviderMessage>(provider_message_id, report).await?;
            return Ok(None);
        };
        report(work, ours, &self.report).await?;
        Ok(Some(ours))
    }
}

/// Whether it is a message of ours, on this channel.
async fn is_of(work: &impl Work, id: OutboundMessageId, channel_id: ChannelId) -> Result<bool, Failure> {
    let message = work.load::<OutboundMessage>(id).await?.state;
    Ok(message.request().is_ok_and(|request| request.channel_id == channel_id))
}

/// The provider has it, under this name. What it reported before is its.
async fn accept(
    work: &impl Work,
    id: OutboundMessageId,
    channel_id: ChannelId,
    name: &Personal<String>,
) -> Result<(), Failure> {
    let Some(known) = name.known() else { return Ok(()) };
    let provider_message_id = by_name(work, channel_id, known);
    let message = work.load::<OutboundMessage>(id).await?.state;
    let subject = SubjectId::of(message.request().map_err(Failure::refused)?.conversation_id);
    work.about(subject);
    let name = name.about(subject);
    work.execute::<OutboundMessage>(id, OutboundMessageCommand::Accept { provider_message_id, name }).await?;
    let early = work.load::<ProviderMessage>(provider_message_id).await?.state;
    let identify = ProviderMessageCommand::Identify { message_id: id };
    work.execute::<ProviderMessage>(provider_message_id, identify).await?;
    for early in early.early_reports() {
        report(work, id, early).await?;
    }
    Ok(())
}

async fn report(work: &impl Work, id: OutboundMessageId, report: &DeliveryReport) -> Result<(), Failure> {
    let command = OutboundMessageCommand::Report { report: report.clone() };
    work.execute::<OutboundMessage>(id, command).await?;
    match &report.failure {
        Some(failure) => note_opt_out(work, id, failure, report.at).await,
        None => Ok(()),
    }
}

/// A provider that refuses to send because somebody has opted out knows what we may not.
async fn note_opt_out(
    work: &impl Work,
    id: OutboundMessageId,
    failure: &Failed,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    if failure.kind != FailureKind::OptedOut {
        return Ok(());
    }
    let message = work.load::<OutboundMessage>(id).await?.state;
    let request = message.request().map_err(Failure::refused)?;
    let source = ConsentSource::Provider { code: failure.code.clone() };
    let at = at.min(work.now());
    stop_or_start(work, request.to.known(), request.medium, false, at, source, None).await
}

/// What came of handing a message over to its provider.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handing {
    /// It is about to be handed over.
    Begun,
    Accepted {
        name: Personal<String>,
    },
    Deferred {
        until: DateTime<Utc>,
        failure: Failed,
    },
    /// Nobody knows.
    OutcomeLost,
    /// It is known now that the provider has not taken it.
    FoundNotSent,
    Failed {
        failure: Failed,
    },
    Withdrawn {
        reason: SuppressionReason,
    },
}

/// Records it. Before a message is handed over it is looked at once more: who it is for may have opted out
/// since it was queued, or the window may have closed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RecordHanding {
    pub message_id: OutboundMessageId,
    pub handing: Handing,
}

impl Command for RecordHanding {
    const NAME: &'static str = "RecordMessageHanding";
    /// Whether it goes out, for `Begun`.
    type Output = bool;

    async fn decide<W: Work>(&self, work: &W) -> Result<bool, Failure> {
        let id = self.message_id;
        let message = work.load::<OutboundMessage>(id).await?.state;
        let request = message.request().map_err(Failure::refused)?;
        let now = work.now();
        let command = match self.handing.clone() {
            Handing::Begun => match allowed(work, request).await? {
                Allowed::Yes => OutboundMessageCommand::Begin { now },
                Allowed::No(reason, _) => OutboundMessageCommand::Withdraw { reason },
            },
            Handing::Accepted { name } => {
                accept(work, id, request.channel_id, &name).await?;
                return Ok(false);
            }
            Handing::Deferred { until, failure } => OutboundMessageCommand::Defer { until, failure },
            Handing::OutcomeLost => OutboundMessageCommand::LoseOutcome,
            Handing::FoundNotSent => OutboundMessageCommand::FindNotSent,
            Handing::Failed { failure } => {
                note_opt_out(work, id, &failure, now).await?;
                OutboundMessageCommand::Fail { failure }
            }
            Handing::Withdrawn { reason } => OutboundMessageCommand::Withdraw { reason },
        };
        let goes_out = matches!(command, OutboundMessageCommand::Begin { .. });
        work.execute::<OutboundMessage>(id, command).await?;
        Ok(goes_out)
    }
}
