//! `/api/v1/businesses/{business_id}/messages`: what callers have left for the people of the business.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, CallId, MessageId};
use frontdesk_projections::messages::{self, MessageRow, Messages};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

use super::caller::Caller;
use super::field::Field;
use super::problem::ReadProblem;
use super::read::{List, Read, page};
use super::reply::Reply;
use super::tag::Tag;

/// Something that a caller wants somebody of the business to know.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Message", skip_serializing_if_is_none)]
pub struct MessageOut {
    pub id: Field<MessageId>,
    /// The call in which it was left.
    pub call_id: Field<CallId>,
    /// What the caller is called, as they said it; not there once they are erased.
    pub from: Option<String>,
    /// The number to call back; not there once the caller is erased.
    pub phone: Option<String>,
    /// Not there once the caller is erased.
    pub text: Option<String>,
    /// When it was left.
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

page!(MessagePage of MessageOut);

pub struct MessagesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Inbox")]
impl MessagesApi {
    /// List messages
    ///
    /// What callers have left for the people of the business, the newest first.
    #[oai(path = "/businesses/:business_id/messages", method = "get", operation_id = "list_messages")]
    async fn messages(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<MessagePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("messages", tenant, &cursor, *limit);
        let read = Read::of(&self.0, &Messages).at(&min_position);
        let page = read.page(list, |page| messages::list(&self.0.pool, tenant, page)).await?;
        Ok(page.map(MessageOut::of).into())
    }
}
