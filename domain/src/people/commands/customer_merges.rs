//! Merging two customers who are one person, and undoing it.
//!
//! A merge is one commit. The claims on the merged customer's addresses move to the survivor. The survivor's
//! stream takes the addresses. The merged customer's stream points to the survivor.
//!
//! Appointments and notes keep their customer. Read models show them with the survivor as long as the merge
//! stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{ContactPointId, CustomerId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customers::{CustomerView, Lineage, claim, find, lineage, survivor};
use crate::people::contact_address::ContactAddress;
use crate::people::contact_point::{ContactPoint, ContactPointCommand};
use crate::people::customer::{Customer, CustomerCommand, CustomerError, MovedAddress};
use crate::values::text::Note;

/// Merges a customer into another one. For a customer that was merged before, it takes the survivor.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MergeCustomer {
    pub customer_id: CustomerId,
    pub into: CustomerId,
    pub reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

/// A merge that stands.
#[derive(Debug, Clone)]
pub struct MergeView {
    pub customer_id: CustomerId,
    pub survivor_id: CustomerId,
    /// Of the survivor.
    pub version: i64,
    /// The addresses that it has moved.
    pub moved: Vec<ContactPointId>,
}

impl Command for MergeCustomer {
    const NAME: &'static str = "MergeCustomer";
    type Output = MergeView;

    async fn decide<W: Work>(&self, work: &W) -> Result<MergeView, Failure> {
        work.preload(&[Stream::of::<Customer>(self.customer_id), Stream::of::<Customer>(self.into)]).await?;
        let (present_id, present) = survivor(work, self.customer_id).await?;
        present.unchanged_since(self.seen_version)?;
        let (into, loaded) = survivor(work, self.into).await?;
        let merging = work.load::<Customer>(self.customer_id).await?.state;
        if merging.merged_into().is_some() && present_id == into && self.into != self.customer_id {
            return view(work, self.customer_id).await;
        }
        if present_id == into {
            return Err(Failure::refused(CustomerError::MergedIntoItself));
        }
        let details = merging.details().map_err(Failure::refused)?;
        loaded.state.details().map_err(Failure::refused)?;
        let moved = |address: &Personal<ContactAddress>| {
            let contact_point_id = claim(work, address.known()?);
            Some(MovedAddress { contact_point_id, address: address.clone() })
        };
        let moved: Vec<MovedAddress> = details.addresses.iter().filter_map(moved).collect();
        work.preload(
            &moved.iter().map(|moved| Stream::of::<ContactPoint>(moved.contact_point_id)).collect::<Vec<_>>(),
        )
        .await?;
        for moved in &moved {
            let moving = ContactPointCommand::Move { from: self.customer_id, to: into };
            work.execute::<ContactPoint>(moved.contact_point_id, moving).await?;
        }
        let by = work.actor().clone();
        let addresses = moved.iter().map(|moved| moved.address.clone()).collect();
        let generations = merging.generations();
        let absorb =
            CustomerCommand::Absorb { customer_id: self.customer_id, addresses, generations, by: by.clone() };
        let reason = self.reason.as_ref().map(|reason| reason.about(SubjectId::of(self.customer_id)));
        work.execute::<Customer>(self.customer_id, CustomerCommand::Merge { into, moved, reason, by })
            .await?;
        work.execute::<Customer>(into, absorb).await?;
        view(work, self.customer_id).await
    }
}

async fn view(work: &impl Work, id: CustomerId) -> Result<MergeView, Failure> {
    work.about(SubjectId::of(id));
    let merged = work.load::<Customer>(id).await?.state;
    let moved = match &*merged {
        Customer::Merged { moved, .. } => moved.iter().map(|moved| moved.contact_point_id).collect(),
        Customer::Unknown | Customer::Registered { .. } => vec![],
    };
    let (survivor_id, survivor) = survivor(work, id).await?;
    Ok(MergeView { customer_id: id, survivor_id, version: survivor.version, moved })
}

/// Undoes a merge. The customer gets back the addresses that the merge moved, if the survivor still has them
/// from the merge.
///
/// An address that the survivor has lost or got anew since stays where it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UndoMerge {
    pub customer_id: CustomerId,
    pub reason: Option<Personal<Note>>,
    /// The survivor's version: readers see the survivor under the merged customer's id.
    pub seen_version: Option<i64>,
}

/// A customer whose merge was undone.
#[derive(Debug, Clone)]
pub struct UndoneMerge {
    pub customer: CustomerView,
    pub survivor_id: CustomerId,
    pub not_given_back: Vec<NotGivenBack>,
}

/// An address that cannot be given back.
#[derive(Debug, Clone)]
pub struct NotGivenBack {
    pub contact_point_id: ContactPointId,
    /// `None` if the customer was erased.
    pub address: Option<ContactAddress>,
    /// Its owner now, if it has one.
    pub owner: Option<CustomerId>,
}

impl Command for UndoMerge {
    const NAME: &'static str = "UndoMerge";
    type Output = UndoneMerge;

    async fn decide<W: Work>(&self, work: &W) -> Result<UndoneMerge, Failure> {
        let merged = work.load::<Customer>(self.customer_id).await?.state;
        let moved = match &*merged {
            Customer::Unknown => return Err(Failure::refused(CustomerError::NotFound)),
            Customer::Registered { .. } => return Err(Failure::refused(CustomerError::NotMerged)),
            Customer::Merged { moved, .. } => moved,
        };
        // The survivor may have been merged itself, with the addresses.
        let Lineage { between, survivor_id, survivor } = lineage(work, self.customer_id).await?;
        survivor.unchanged_since(self.seen_version)?;
        let has = &survivor.state.details().map_err(Failure::refused)?.addresses;
        let is_returned =
            |moved: &&MovedAddress| moved.address.known().is_some() && has.contains(&moved.address);
        let (returned, kept): (Vec<&MovedAddress>, Vec<&MovedAddress>) = moved.iter().partition(is_returned);
        work.preload(
            &moved.iter().map(|moved| Stream::of::<ContactPoint>(moved.contact_point_id)).collect::<Vec<_>>(),
        )
        .await?;
        for moved in &returned {
            let moving = ContactPointCommand::Move { from: survivor_id, to: self.customer_id };
            work.execute::<ContactPoint>(moved.contact_point_id, moving).await?;
        }
        let mut not_given_back = Vec::new();
        for moved in &kept {
            let owner = work.load::<ContactPoint>(moved.contact_point_id).await?.state.owner;
            let (contact_point_id, address) = (moved.contact_point_id, moved.address.known().cloned());
            not_given_back.push(NotGivenBack { contact_point_id, address, owner });
        }
        let by = work.actor().clone();
        let given_back: Vec<_> = returned.iter().map(|moved| moved.address.clone()).collect();
        let undo = CustomerCommand::UndoMerge {
            given_back: given_back.clone(),
            not_given_back: kept.iter().map(|moved| moved.contact_point_id).collect(),
            reason: self.reason.as_ref().map(|reason| reason.about(SubjectId::of(self.customer_id))),
            by: by.clone(),
        };
        work.execute::<Customer>(self.customer_id, undo).await?;
        // Those between would otherwise go on counting it among theirs, and take its addresses along when
        // their own merge is undone.
        for one in between.into_iter().chain([survivor_id]) {
            let separate = CustomerCommand::Separate {
                customer_id: self.customer_id,
                addresses: given_back.clone(),
                by: by.clone(),
            };
            work.execute::<Customer>(one, separate).await?;
        }
        let customer = find(work, self.customer_id).await?;
        Ok(UndoneMerge { customer, survivor_id, not_given_back })
    }
}
