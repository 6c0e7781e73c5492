//! `/api/v1/businesses/{business_id}/customers/{customer_id}/notes`: what people of the business write down
//! about customers.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, NoteId};
use frontdesk_domain::people::commands::customer_notes::{NoteView, RedactNote, WriteNote};
use frontdesk_domain::values::text::Note;
use frontdesk_projections::customer_notes::{self, CustomerNotes, NoteRow};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::caller::Caller;
use super::customers::present;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Done, Out, Reply};
use super::tag::Tag;
use super::write::Write;

/// Kept encrypted, as something about the customer.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewNote", deny_unknown_fields)]
pub struct NoteIn {
    /// What is to be remembered.
    pub text: Field<Note>,
}

/// Redacts a note.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "RedactNote", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct RedactIn {
    /// Kept in the history, encrypted.
    pub reason: Option<Field<Note>>,
}

/// Something that was written down about a customer.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Note", skip_serializing_if_is_none)]
pub struct NoteOut {
    pub id: Field<NoteId>,
    /// About whom it was written: the customer, or one who was merged into them.
    pub customer_id: Field<CustomerId>,
    /// Not there once it is redacted or the customer erased.
    pub text: Option<String>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// What kind of caller wrote it: staff or operator.
    pub actor_kind: String,
    /// Who wrote it: the id of an API key.
    pub actor_id: String,
    /// When it was redacted, if it was.
    pub redacted_at: Option<DateTime<Utc>>,
}

impl Out for NoteOut {}

impl NoteOut {
    fn of(view: NoteView) -> Self {
        Self {
            id: Field(view.id),
            customer_id: Field(view.customer_id),
            text: view.text.into_known().map(String::from),
            written_at: view.written_at,
            actor_kind: <&'static str>::from(view.by.kind).to_owned(),
            actor_id: view.by.id,
            redacted_at: None,
        }
    }

    fn of_row(row: NoteRow) -> Self {
        Self {
            id: Field(row.id()),
            customer_id: Field(row.customer_id()),
            text: row.body,
            written_at: row.written_at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            redacted_at: row.redacted_at,
        }
    }
}

page!(NotePage of NoteOut);

pub struct CustomerNotesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Customers")]
impl CustomerNotesApi {
    /// Write a note about a customer
    ///
    /// It is never changed. What should not have been written is redacted.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/notes",
        method = "post",
        operation_id = "write_note"
    )]
    async fn write(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<NoteIn>,
    ) -> Result<Created<NoteOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "write_note",
            json!([customer_id.0.to_string(), body.to_json()]),
        );
        let command = WriteNote { customer_id: customer_id.0.0, text: body.0.text.personal() };
        write.run(&self.0, &command, NoteOut::of).await
    }

    /// List the notes about a customer
    ///
    /// The newest first; those about customers who were merged into this one are among them.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/notes",
        method = "get",
        operation_id = "list_notes"
    )]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<NotePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let id = present(&self.0, tenant, customer_id.0.0, &min_position).await?.id();
        let list = List::of("customer-notes", tenant, &cursor, *limit);
        let read = Read::of(&self.0, &CustomerNotes).at(&min_position);
        let page = read.page(list, |page| customer_notes::list(&self.0.pool, tenant, id, page)).await?;
        Ok(page.map(NoteOut::of_row).into())
    }

    /// Redact a note
    ///
    /// No list shows its text any more; that there was a note, by whom and when, stays.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/notes/:note_id/redact",
        method = "post",
        operation_id = "redact_note"
    )]
    async fn redact(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        note_id: Path<Field<NoteId>>,
        body: Json<RedactIn>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let reason = body.0.reason.map(Field::personal);
        let command = RedactNote { customer_id: customer_id.0.0, note_id: note_id.0.0, reason };
        Write::by(&caller, tenant).run_silently(&self.0, &command).await
    }
}
