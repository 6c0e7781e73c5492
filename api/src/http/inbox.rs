//! `/api/v1/businesses/{business_id}/messages` and `/deliveries`: what callers have left, and webhooks that need somebody.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::integrations::commands::webhooks::{RetryWebhook, SkipWebhook};
use frontdesk_domain::kernel::ids::{BusinessId, CallId, MessageId, WebhookId};
use frontdesk_domain::values::text::Note;
use frontdesk_projections::deliveries::{self, Deliveries, DeliveryRow, DeliveryState};
use frontdesk_projections::messages::{self, MessageRow, Messages};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::Tag;
use super::caller::Caller;
use super::field::Field;
use super::paging::List;
use super::problem::{Problem, ReadProblem};
use super::reply::{Done, Out, Reply, Write};

/// Something that a caller wants somebody of the business to know.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Message", skip_serializing_if_is_none)]
pub struct MessageOut {
    pub id: Field<MessageId>,
    pub call_id: Field<CallId>,
    pub from: Option<String>,
    pub phone: Option<String>,
    /// Not there once the caller is erased.
    pub text: Option<String>,
    pub taken_at: DateTime<Utc>,
}

impl MessageOut {
    fn of(row: MessageRow) -> Self {
        Self {
            id: Field(row.id()),
            call_id: Field(row.call_id()),
            from: row.sender,
            phone: row.phone,
            text: row.body,
            taken_at: row.taken_at,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MessagePage", skip_serializing_if_is_none)]
pub struct MessagePage {
    pub items: Vec<MessageOut>,
    pub next_cursor: Option<String>,
}

impl Out for MessagePage {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "DeliveryState")]
pub enum StateDto {
    Pending,
    Translated,
    Ignored,
    /// It cannot be translated as things are: retry or skip it.
    Parked,
    Skipped,
}

impl From<StateDto> for DeliveryState {
    fn from(state: StateDto) -> Self {
        match state {
            StateDto::Pending => Self::Pending,
            StateDto::Translated => Self::Translated,
            StateDto::Ignored => Self::Ignored,
            StateDto::Parked => Self::Parked,
            StateDto::Skipped => Self::Skipped,
        }
    }
}

/// A webhook as it was taken in.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Delivery", skip_serializing_if_is_none)]
pub struct DeliveryOut {
    pub id: Field<WebhookId>,
    pub provider: String,
    pub message_type: String,
    pub state: String,
    /// Why it is parked, ignored or skipped.
    pub reason: Option<String>,
    pub received_at: DateTime<Utc>,
}

impl DeliveryOut {
    fn of(row: DeliveryRow) -> Self {
        Self {
            id: Field(row.id()),
            provider: row.provider,
            message_type: row.message_type,
            state: row.state,
            reason: row.reason,
            received_at: row.received_at,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "DeliveryPage", skip_serializing_if_is_none)]
pub struct DeliveryPage {
    pub items: Vec<DeliveryOut>,
    pub next_cursor: Option<String>,
}

impl Out for DeliveryPage {}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SkipDelivery", deny_unknown_fields)]
pub struct SkipIn {
    pub reason: Field<Note>,
}

pub struct InboxApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Inbox")]
impl InboxApi {
    /// List messages
    ///
    /// What callers have left for the people of the business, the newest first.
    #[oai(path = "/businesses/:business_id/messages", method = "get", operation_id = "list_messages")]
    async fn messages(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// next_cursor of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u16>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<MessagePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.positions.wait_for(&Messages, min_position.as_deref()).await?;
        let list = List { name: "messages", tenant: Some(tenant) };
        let page = messages::list(&self.0.pool, tenant, list.request(&self.0, cursor.as_deref(), *limit)?).await?;
        let items = page.items.into_iter().map(MessageOut::of).collect();
        Ok(Reply::new(MessagePage { items, next_cursor: list.cursor(&self.0, page.next) }))
    }

    /// List deliveries
    ///
    /// Webhooks, in the order in which they came.
    #[oai(path = "/businesses/:business_id/deliveries", method = "get", operation_id = "list_deliveries")]
    async fn deliveries(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        state: Query<Option<StateDto>>,
        /// next_cursor of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u16>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<DeliveryPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.positions.wait_for(&Deliveries, min_position.as_deref()).await?;
        let list = List { name: "deliveries", tenant: Some(tenant) };
        let request = list.request(&self.0, cursor.as_deref(), *limit)?;
        let page = deliveries::list(&self.0.pool, tenant, state.map(DeliveryState::from), request).await?;
        let items = page.items.into_iter().map(DeliveryOut::of).collect();
        Ok(Reply::new(DeliveryPage { items, next_cursor: list.cursor(&self.0, page.next) }))
    }

    /// Try a parked delivery again
    #[oai(path = "/businesses/:business_id/deliveries/:delivery_id/retry", method = "post", operation_id = "retry_delivery")]
    async fn retry(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        delivery_id: Path<Field<WebhookId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::plain(&caller, tenant).run_silently(&self.0, &RetryWebhook { webhook_id: delivery_id.0.0 }).await
    }

    /// Go on without a parked delivery
    #[oai(path = "/businesses/:business_id/deliveries/:delivery_id/skip", method = "post", operation_id = "skip_delivery")]
    async fn skip(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        delivery_id: Path<Field<WebhookId>>,
        body: Json<SkipIn>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::plain(&caller, tenant)
            .run_silently(&self.0, &SkipWebhook { webhook_id: delivery_id.0.0, reason: body.0.reason.0 })
            .await
    }
}
