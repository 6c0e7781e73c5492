//! Finding and registering customers, their names and their addresses.
//!
//! In every command the id of a merged customer stands for its survivor ([`find`]). Only undoing the merge is
//! about the merged customer itself.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{ContactPointId, CustomerId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Loaded, Work};
use crate::people::contact_address::ContactAddress;
use crate::people::contact_point::{ContactPoint, ContactPointCommand};
use crate::people::customer::{Customer, CustomerCommand, CustomerDetails, CustomerError, GENERATIONS_MAX};
use crate::scheduling::business::Business;
use crate::values::email::Email;
use crate::values::phone::PhoneNumber;
use crate::values::text::Name;
use crate::values::whatsapp::WhatsappUserId;

/// A person as a caller describes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    pub name: Personal<Name>,
    pub phone: Option<Personal<PhoneNumber>>,
    pub email: Option<Personal<Email>>,
    /// WhatsApp may give two ids of one user: a `wa_id` and a business-scoped one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whatsapp: Vec<Personal<WhatsappUserId>>,
}

impl Person {
    pub fn new(name: Name, phone: Option<PhoneNumber>, email: Option<Email>) -> Self {
        let (phone, email) = (phone.map(Personal::in_command), email.map(Personal::in_command));
        Self { name: Personal::in_command(name), phone, email, whatsapp: vec![] }
    }

    pub fn with_whatsapp(self, ids: impl IntoIterator<Item = WhatsappUserId>) -> Self {
        Self { whatsapp: ids.into_iter().map(Personal::in_command).collect(), ..self }
    }

    /// Their addresses, the strongest first. A WhatsApp account belongs to one person. A phone number may
    /// belong to a household, or to its next owner. An email address is unverified.
    fn addresses(&self) -> Vec<ContactAddress> {
        let whatsapp =
            self.whatsapp.iter().filter_map(Personal::known).cloned().map(ContactAddress::Whatsapp);
        let phone = self.phone.as_ref().and_then(Personal::known).cloned().map(ContactAddress::Phone);
        let email = self.email.as_ref().and_then(Personal::known).cloned().map(ContactAddress::Email);
        let mut addresses = Vec::new();
        for address in whatsapp.chain(phone).chain(email) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }

    fn about(&self, customer_id: CustomerId) -> CustomerDetails {
        let subject = SubjectId::of(customer_id);
        let addresses = self.addresses().into_iter().map(|address| Personal::new(subject, address));
        CustomerDetails { name: self.name.about(subject), addresses: addresses.collect() }
    }
}

/// A customer at its version.
#[derive(Debug, Clone)]
pub struct CustomerView {
    pub id: CustomerId,
    pub version: i64,
    pub details: CustomerDetails,
    /// The addresses that can be read, with their claims.
    pub contact_points: Vec<(ContactPointId, ContactAddress)>,
    /// Whether this decision registers it.
    pub is_new: bool,
}

/// The customer that an id stands for: itself, or the survivor of a merge.
pub(crate) async fn survivor(
    work: &impl Work,
    id: CustomerId,
) -> Result<(CustomerId, Loaded<Customer>), Failure> {
    let Lineage { between: _, survivor_id, survivor } = lineage(work, id).await?;
    Ok((survivor_id, survivor))
}

/// The customer and those who were merged into it, directly or not.
pub(crate) async fn family(work: &impl Work, id: CustomerId) -> Result<BTreeSet<CustomerId>, Failure> {
    let (mut family, mut waiting) = (BTreeSet::from([id]), vec![id]);
    while !waiting.is_empty() {
        work.preload(&waiting.iter().map(|id| Stream::of::<Customer>(*id)).collect::<Vec<_>>()).await?;
        let mut absorbed = Vec::new();
        for id in waiting {
            let customer = work.load::<Customer>(id).await?.state;
            absorbed.extend(customer.absorbed().iter().copied().filter(|absorbed| family.insert(*absorbed)));
        }
        waiting = absorbed;
    }
    Ok(family)
}

/// Those into whom a customer was merged.
pub(crate) struct Lineage {
    /// Who was merged on, in the order of the merges.
    pub between: Vec<CustomerId>,
    pub survivor_id: CustomerId,
    pub survivor: Loaded<Customer>,
}

pub(crate) async fn lineage(work: &impl Work, id: CustomerId) -> Result<Lineage, Failure> {
    let (mut between, mut survivor_id) = (Vec::new(), id);
    for _ in 0..=GENERATIONS_MAX {
        let survivor = work.load::<Customer>(survivor_id).await?;
        match survivor.state.merged_into() {
            Some(into) => {
                between.extend((survivor_id != id).then_some(survivor_id));
                survivor_id = into;
            }
            None => return Ok(Lineage { between, survivor_id, survivor }),
        }
    }
    // Merges are bounded: no history leads here.
    Err(Failure::refused(CustomerError::MergedTooDeep))
}

/// The customer that an id stands for.
pub async fn find(work: &impl Work, id: CustomerId) -> Result<CustomerView, Failure> {
    let (id, loaded) = survivor(work, id).await?;
    let details = loaded.state.details().map_err(Failure::refused)?.clone();
    work.about(SubjectId::of(id));
    let known = details.addresses.iter().filter_map(Personal::known);
    let contact_points = known.map(|address| (claim(work, address), address.clone())).collect();
    Ok(CustomerView { id, version: loaded.version, details, contact_points, is_new: false })
}

/// The same, for a change by a caller who has seen a version of it.
async fn find_to_change(
    work: &impl Work,
    id: CustomerId,
    seen: Option<i64>,
) -> Result<CustomerView, Failure> {
    let (_, loaded) = survivor(work, id).await?;
    loaded.unchanged_since(seen)?;
    find(work, id).await
}

/// The claim on any address.
pub(crate) fn claim(work: &impl Work, address: &ContactAddress) -> ContactPointId {
    address.claim(|purpose, value| work.hash(purpose, value), work.tenant())
}

/// The claims by which an address may belong to somebody.
fn claims(work: &impl Work, address: &ContactAddress) -> Vec<ContactPointId> {
    address.claims(|purpose, value| work.hash(purpose, value), work.tenant())
}

/// The streams by which a person is found.
pub fn streams_of(work: &impl Work, person: &Person) -> Vec<Stream> {
    let claims = person.addresses().into_iter().flat_map(|address| claims(work, &address));
    claims.map(Stream::of::<ContactPoint>).collect()
}

/// Who has an address, and under which of its forms.
async fn holder(
    work: &impl Work,
    address: &ContactAddress,
) -> Result<Option<(ContactAddress, CustomerId)>, Failure> {
    let mut holder = None;
    // All are guarded: nobody may claim another form meanwhile.
    for form in address.forms() {
        let owner = work.load::<ContactPoint>(claim(work, &form)).await?.state.owner;
        holder = holder.or(owner.map(|owner| (form, owner)));
    }
    Ok(holder)
}

/// Whether a customer is known by the person's phone number or WhatsApp account. An email address is only
/// what somebody says.
pub(crate) async fn is_known_by_number(
    work: &impl Work,
    person: &Person,
    customer_id: CustomerId,
) -> Result<bool, Failure> {
    let numbers =
        person.addresses().into_iter().filter(|address| !matches!(address, ContactAddress::Email(_)));
    for number in numbers {
        if let Some((_, owner)) = holder(work, &number).await?
            && survivor(work, owner).await?.0 == customer_id
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Finds the owner of the person's addresses, the strongest address first. If none has an owner, it registers
/// a customer with all of them.
///
/// Addresses of different customers do not merge these customers. An address without an owner is not added to
/// the customer found: otherwise a caller could add their own address to somebody else by naming that
/// person's number. People do both, with `MergeCustomer` and `AddContactAddress`.
pub async fn find_or_create(work: &impl Work, person: &Person) -> Result<CustomerView, Failure> {
    let addresses = person.addresses();
    if addresses.is_empty() {
        return Err(Failure::refused(CustomerError::Unreachable));
    }
    let mut found = None;
    for address in &addresses {
        found = found.or(holder(work, address).await?);
    }
    if let Some((_, owner)) = found {
        return find(work, owner).await;
    }
    let id = work.new_id();
    work.execute::<Customer>(id, CustomerCommand::Register { details: person.about(id) }).await?;
    for address in &addresses {
        let claiming = ContactPointCommand::Claim { customer_id: id };
        work.execute::<ContactPoint>(claim(work, address), claiming).await?;
    }
    Ok(CustomerView { is_new: true, ..find(work, id).await? })
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RegisterCustomer {
    pub person: Person,
}

impl Command for RegisterCustomer {
    const NAME: &'static str = "RegisterCustomer";
    type Output = CustomerView;

    async fn decide<W: Work>(&self, work: &W) -> Result<CustomerView, Failure> {
        let mut streams = streams_of(work, &self.person);
        streams.push(Stream::of::<Business>(work.tenant()));
        work.preload(&streams).await?;
        work.load::<Business>(work.tenant()).await?.state.registered().map_err(Failure::refused)?;
        find_or_create(work, &self.person).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RenameCustomer {
    pub customer_id: CustomerId,
    pub name: Personal<Name>,
    pub seen_version: Option<i64>,
}

impl Command for RenameCustomer {
    const NAME: &'static str = "RenameCustomer";
    type Output = CustomerView;

    async fn decide<W: Work>(&self, work: &W) -> Result<CustomerView, Failure> {
        let customer = find_to_change(work, self.customer_id, self.seen_version).await?;
        let name = self.name.about(SubjectId::of(customer.id));
        work.execute::<Customer>(customer.id, CustomerCommand::Rename { name }).await?;
        find(work, customer.id).await
    }
}

/// Adds an address to a customer. It refuses another customer's address: people decide, with a merge, that
/// two are one person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddContactAddress {
    pub customer_id: CustomerId,
    pub address: Personal<ContactAddress>,
    pub seen_version: Option<i64>,
}

impl Command for AddContactAddress {
    const NAME: &'static str = "AddContactAddress";
    type Output = CustomerView;

    async fn decide<W: Work>(&self, work: &W) -> Result<CustomerView, Failure> {
        let customer = find_to_change(work, self.customer_id, self.seen_version).await?;
        if let Some(address) = self.address.known() {
            // What somebody has in another form is theirs; if it is this customer, nothing is left to do.
            let held = holder(work, address).await?.map(|(form, _)| form);
            let address = held.unwrap_or_else(|| address.clone());
            let claiming = ContactPointCommand::Claim { customer_id: customer.id };
            work.execute::<ContactPoint>(claim(work, &address), claiming).await?;
            let address = Personal::new(SubjectId::of(customer.id), address);
            work.execute::<Customer>(customer.id, CustomerCommand::AddAddress { address }).await?;
        }
        find(work, customer.id).await
    }
}

/// Removes an address from a customer, even the last one. The address has no owner then: the next person with
/// it is new.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveContactAddress {
    pub customer_id: CustomerId,
    pub contact_point_id: ContactPointId,
    pub seen_version: Option<i64>,
}

impl Command for RemoveContactAddress {
    const NAME: &'static str = "RemoveContactAddress";
    type Output = CustomerView;

    async fn decide<W: Work>(&self, work: &W) -> Result<CustomerView, Failure> {
        let (_, loaded) = survivor(work, self.customer_id).await?;
        let customer = find(work, self.customer_id).await?;
        let found = customer.contact_points.into_iter().find(|(id, _)| *id == self.contact_point_id);
        let (claim, address) = found.ok_or_else(|| Failure::refused(CustomerError::NoSuchAddress))?;
        // What is not there is not found, whatever was read of the customer.
        loaded.unchanged_since(self.seen_version)?;
        let address = Personal::new(SubjectId::of(customer.id), address);
        work.execute::<Customer>(customer.id, CustomerCommand::RemoveAddress { address }).await?;
        work.execute::<ContactPoint>(claim, ContactPointCommand::Release { customer_id: customer.id })
            .await?;
        find(work, customer.id).await
    }
}
