//! Translating a received webhook into commands of its call or conversation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::receive_message::{AmendMessage, ReceiveMessage};
use super::receive_status::ReceiveStatus;
use crate::conversations::call::{Call, CallCommand, CallStart};
use crate::conversations::inbound::CallNews;
use crate::integrations::webhook::{Webhook, WebhookCommand};
use crate::kernel::ids::{CallId, StreamId, WebhookId};
use crate::kernel::personal::SubjectId;
use crate::kernel::work::{Command, Failure, Work};

/// Applies a received webhook to its call or conversation. Where that is impossible, the webhook is parked. Its stored name
/// is `TranslateDelivery`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TranslateWebhook {
    #[serde(rename = "delivery_id")]
    pub webhook_id: WebhookId,
    pub translation: Translation,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Translation {
    Call { call_id: CallId, start: CallStart, news: CallNews },
    Message(ReceiveMessage),
    Amendment(AmendMessage),
    Receipt(ReceiveStatus),
    Nothing { reason: String },
    Impossible { error: String },
    Behind { earlier: WebhookId },
}

impl Command for TranslateWebhook {
    const NAME: &'static str = "TranslateDelivery";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let webhook = work.load::<Webhook>(self.webhook_id).await?.state;
        if !webhook.is_open() {
            return Ok(());
        }
        let outcome = match &self.translation {
            Translation::Call { call_id, start, news } => {
                work.about(SubjectId::of(*call_id));
                work.execute::<Call>(*call_id, CallCommand::Start { start: start.clone() }).await?;
                let command = match news.clone() {
                    CallNews::Progressed { status } => CallCommand::Progress { status },
                    CallNews::Ended { reason } => CallCommand::End { reason },
                    CallNews::Reported { report } => CallCommand::Report { report },
                };
                work.execute::<Call>(*call_id, command).await?;
                WebhookCommand::MarkTranslated
            }
            Translation::Message(message) => {
                message.decide(work).await?;
                WebhookCommand::MarkTranslated
            }
            Translation::Amendment(amendment) => {
                amendment.decide(work).await?;
                WebhookCommand::MarkTranslated
            }
            Translation::Receipt(receipt) => {
                receipt.decide(work).await?;
                WebhookCommand::MarkTranslated
            }
            Translation::Nothing { reason } => WebhookCommand::Ignore { reason: reason.clone() },
            Translation::Impossible { error } => WebhookCommand::Park { error: error.clone(), behind: None },
            Translation::Behind { earlier } => {
                let error = format!("waits behind {earlier}");
                WebhookCommand::Park { error, behind: Some(earlier.uuid()) }
            }
        };
        work.execute::<Webhook>(self.webhook_id, outcome).await.map(drop)
    }
}
