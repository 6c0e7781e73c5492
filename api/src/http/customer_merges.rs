//! `/api/v1/businesses/{business_id}/customers/{customer_id}/merge`: two customers who are one person, and
//! taking that back.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, ContactPointId, CustomerId};
use frontdesk_domain::people::commands::customer_merges::{
    MergeCustomer, MergeView, NotGivenBack, UndoMerge, UndoneMerge,
};
use frontdesk_domain::values::text::Note;
use frontdesk_projections::customers::{self, MergedRow};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::caller::Caller;
use super::customers::{ContactPointOut, CustomerOut, present};
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, page};
use super::reply::{Out, Reply};
use super::tag::Tag;
use super::write::{Write, seen_version};

/// Says into whom a customer is merged.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "MergeCustomer", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct MergeIn {
    /// The survivor: the customer who stands for both from now on.
    pub into: Field<CustomerId>,
    /// Kept encrypted, as something about the merged customer.
    pub reason: Option<Field<Note>>,
}

/// Undoes a merge.
#[derive(Debug, Clone, Default, PartialEq, Object)]
#[oai(rename = "UndoMerge", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct UndoIn {
    /// Kept encrypted, as something about the merged customer.
    pub reason: Option<Field<Note>>,
}

/// A merge that stands. Nothing personal of the survivor is in it.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Merge")]
pub struct MergeOut {
    /// The customer who was merged.
    pub customer_id: Field<CustomerId>,
    /// The customer who stands for both.
    pub survivor_id: Field<CustomerId>,
    /// The survivor's version. The ETag is made of it.
    pub version: i64,
    /// The addresses that it has moved.
    pub moved_contact_point_ids: Vec<Field<ContactPointId>>,
}

impl Out for MergeOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl MergeOut {
    fn of(view: MergeView) -> Self {
        Self {
            customer_id: Field(view.customer_id),
            survivor_id: Field(view.survivor_id),
            version: view.version,
            moved_contact_point_ids: view.moved.into_iter().map(Field).collect(),
        }
    }
}

/// An address that the merge moved and that stays where it is.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NotGivenBack", skip_serializing_if_is_none)]
pub struct NotGivenBackOut {
    pub contact_point_id: Field<ContactPointId>,
    /// Not there once the customer is erased.
    pub contact_point: Option<ContactPointOut>,
    /// Whose it is now; nobody's, if it is not there.
    pub customer_id: Option<Field<CustomerId>>,
}

impl NotGivenBackOut {
    fn of(kept: NotGivenBack) -> Self {
        Self {
            contact_point_id: Field(kept.contact_point_id),
            contact_point: kept
                .address
                .as_ref()
                .map(|address| ContactPointOut::of(kept.contact_point_id, address)),
            customer_id: kept.owner.map(Field),
        }
    }
}

/// A customer who stands for itself again.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "UndoneMerge")]
pub struct UndoneOut {
    /// The customer, with what was given back.
    pub customer: CustomerOut,
    /// Who stood for it until now.
    pub survivor_id: Field<CustomerId>,
    /// What the survivor has lost since the merge, or was given anew.
    pub not_given_back: Vec<NotGivenBackOut>,
}

impl Out for UndoneOut {
    fn version(&self) -> Option<i64> {
        Some(self.customer.version)
    }
}

impl UndoneOut {
    fn of(undone: UndoneMerge) -> Self {
        Self {
            customer: CustomerOut::of(undone.customer),
            survivor_id: Field(undone.survivor_id),
            not_given_back: undone.not_given_back.into_iter().map(NotGivenBackOut::of).collect(),
        }
    }
}

/// A merge, as it can be undone.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "StandingMerge", skip_serializing_if_is_none)]
pub struct StandingMergeOut {
    /// The customer who was merged.
    pub customer_id: Field<CustomerId>,
    /// Into whom; who stands for both may be somebody else since.
    pub into: Field<CustomerId>,
    /// The merged customer's name. Not there once they are erased, like reason and addresses.
    pub name: Option<String>,
    /// Why it was done, as whoever did it has said.
    pub reason: Option<String>,
    /// The addresses that the merge moved.
    pub contact_points: Vec<ContactPointOut>,
    /// When it was done.
    pub merged_at: DateTime<Utc>,
    /// What kind of caller did it: operator, staff, assistant, provider or system.
    pub actor_kind: String,
    /// Who did it: the id of an API key, a call or a process.
    pub actor_id: String,
}

impl StandingMergeOut {
    fn of(row: MergedRow) -> Option<Self> {
        let (into, name, moved) = row.merged()?;
        let contact_point = |moved: &frontdesk_domain::people::customer::MovedAddress| {
            Some(ContactPointOut::of(moved.contact_point_id, moved.address.known()?))
        };
        Some(Self {
            customer_id: Field(row.customer_id()),
            into: Field(into),
            name: name.known().map(|name| name.as_str().to_owned()),
            contact_points: moved.iter().filter_map(contact_point).collect(),
            reason: row.reason,
            merged_at: row.merged_at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
        })
    }
}

page!(MergePage of StandingMergeOut);

pub struct CustomerMergesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Customers")]
impl CustomerMergesApi {
    /// Merge a customer into another one
    ///
    /// Both turned out to be one person. The addresses move to the survivor, who stands for both from now on;
    /// appointments, notes and figures are shown there. Names stay as they are: the survivor's counts.
    /// Merging again what is merged changes nothing.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/merge",
        method = "post",
        operation_id = "merge_customer"
    )]
    async fn merge(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<MergeIn>,
    ) -> Result<Reply<MergeOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "merge_customer",
            json!([customer_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let command = MergeCustomer {
            customer_id: customer_id.0.0,
            into: body.into.0,
            reason: body.0.reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
        };
        write.run(&self.0, &command, MergeOut::of).await
    }

    /// Undo a merge
    ///
    /// The customer stands for itself again, with its name and those of its addresses that the survivor still
    /// has from the merge; the reply says which are not given back. Appointments, notes and figures from
    /// before are the customer's again; what was made for the survivor since stays there.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/merge/undo",
        method = "post",
        operation_id = "undo_customer_merge"
    )]
    async fn undo(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// The customer who was merged.
        customer_id: Path<Field<CustomerId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        /// The ETag of the version that you have read: the survivor's.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<UndoIn>,
    ) -> Result<Reply<UndoneOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "undo_customer_merge",
            json!([customer_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let command = UndoMerge {
            customer_id: customer_id.0.0,
            reason: body.0.reason.map(Field::personal),
            seen_version: seen_version(&if_match)?,
        };
        write.run(&self.0, &command, UndoneOut::of).await
    }

    /// List a customer's merges
    ///
    /// Everybody who was merged into this customer, directly or by way of others, the newest first.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/merges",
        method = "get",
        operation_id = "list_customer_merges"
    )]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<MergePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let id = present(&self.0, tenant, customer_id.0.0, &min_position).await?.id();
        let list = List::of("customer-merges", tenant, &cursor, *limit);
        let page = list.page(&self.0, |page| customers::merges(&self.0.pool, tenant, id, page)).await?;
        Ok(page.filter_map(StandingMergeOut::of).into())
    }
}
