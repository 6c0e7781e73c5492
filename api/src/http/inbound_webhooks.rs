//! `/api/v1/businesses/{business_id}/deliveries`: webhooks as they came in, and those that need somebody.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::integrations::commands::webhooks::{RetryWebhook, SkipWebhook};
use frontdesk_domain::kernel::ids::{BusinessId, WebhookId};
use frontdesk_domain::values::text::Note;
use frontdesk_projections::deliveries::{self, Deliveries, DeliveryRow, DeliveryState};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::caller::Caller;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Done, Reply};
use super::tag::Tag;
use super::write::Write;

/// What has become of a delivery.
///
/// * `pending`: it is yet to be translated;
/// * `translated`: it has become part of what is known of a call;
/// * `ignored`: there is nothing in it for us;
/// * `parked`: it cannot be translated as things are: retry or skip it;
/// * `skipped`: somebody has given it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "DeliveryState")]
pub enum StateDto {
    Pending,
    Translated,
    Ignored,
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
    /// The voice platform that sent it.
    pub provider: String,
    /// What the platform calls such a message.
    pub message_type: String,
    /// What has become of it.
    pub state: String,
    /// Why it is parked, ignored or skipped.
    pub reason: Option<String>,
    /// When it came.
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

/// Gives a parked delivery up.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "SkipDelivery", deny_unknown_fields)]
pub struct SkipIn {
    /// The log keeps it for good and in clear: name nobody.
    pub reason: Field<Note>,
}

page!(DeliveryPage of DeliveryOut);

pub struct InboundWebhooksApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Inbox")]
impl InboundWebhooksApi {
    /// List deliveries
    ///
    /// Webhooks, in the order in which they came.
    #[oai(path = "/businesses/:business_id/deliveries", method = "get", operation_id = "list_deliveries")]
    async fn deliveries(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Those in this state.
        state: Query<Option<StateDto>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<DeliveryPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("deliveries", tenant, &cursor, *limit);
        let state = state.map(DeliveryState::from);
        let read = Read::of(&self.0, &Deliveries).at(&min_position);
        let page = read.page(list, |page| deliveries::list(&self.0.pool, tenant, state, page)).await?;
        Ok(page.map(DeliveryOut::of).into())
    }

    /// Try a parked delivery again
    ///
    /// It is pending until it has been tried. What waits behind it in its call follows.
    #[oai(
        path = "/businesses/:business_id/deliveries/:delivery_id/retry",
        method = "post",
        operation_id = "retry_delivery"
    )]
    async fn retry(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        delivery_id: Path<Field<WebhookId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run_silently(&self.0, &RetryWebhook { webhook_id: delivery_id.0.0 }).await
    }

    /// Go on without a parked delivery
    ///
    /// What waits behind it in its call is tried then.
    #[oai(
        path = "/businesses/:business_id/deliveries/:delivery_id/skip",
        method = "post",
        operation_id = "skip_delivery"
    )]
    async fn skip(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        delivery_id: Path<Field<WebhookId>>,
        body: Json<SkipIn>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant)
            .run_silently(&self.0, &SkipWebhook { webhook_id: delivery_id.0.0, reason: body.0.reason.0 })
            .await
    }
}
