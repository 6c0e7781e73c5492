//! The people a business serves.

use serde::{Deserialize, Serialize};

use super::unchanged;
use crate::business::Business;
use crate::contact_point::{ContactPoint, ContactPointCommand};
use crate::customer::{Customer, CustomerCommand, CustomerDetails, CustomerError};
use crate::shared::email::Email;
use crate::shared::ids::{BusinessId, ContactPointId, CustomerId, KeyedHash};
use crate::shared::personal::{Personal, SubjectId};
use crate::shared::phone::PhoneNumber;
use crate::shared::recorded::Stream;
use crate::shared::text::Name;
use crate::work::{Command, Failure, Work};

/// A person as a caller describes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub name: Personal<Name>,
    pub phone: Option<Personal<PhoneNumber>>,
    pub email: Option<Personal<Email>>,
}

impl Person {
    pub fn new(name: Name, phone: Option<PhoneNumber>, email: Option<Email>) -> Self {
        let (phone, email) = (phone.map(Personal::in_command), email.map(Personal::in_command));
        Self { name: Personal::in_command(name), phone, email }
    }

    fn about(&self, customer_id: CustomerId) -> CustomerDetails {
        let subject = SubjectId::of(customer_id);
        CustomerDetails {
            name: self.name.about(subject),
            phone: self.phone.as_ref().map(|phone| phone.about(subject)),
            email: self.email.as_ref().map(|email| email.about(subject)),
        }
    }
}

/// A customer at its version.
#[derive(Debug, Clone)]
pub struct CustomerView {
    pub id: CustomerId,
    pub version: i64,
    pub details: CustomerDetails,
    /// Whether it came into being just now.
    pub is_new: bool,
}

/// A customer as it is.
pub async fn find(work: &impl Work, id: CustomerId) -> Result<CustomerView, Failure> {
    let loaded = work.load::<Customer>(id).await?;
    let details = loaded.state.details().map_err(Failure::refused)?.clone();
    work.about(SubjectId::of(id));
    Ok(CustomerView { id, version: loaded.version, details, is_new: false })
}

/// The claim on a phone number.
pub fn phone_claim(hash: impl Fn(&str, &[u8]) -> KeyedHash, tenant: BusinessId, phone: &PhoneNumber) -> ContactPointId {
    ContactPointId::of(tenant, hash("phone", phone.as_str().as_bytes()))
}

/// The claim on an email address.
pub fn email_claim(hash: impl Fn(&str, &[u8]) -> KeyedHash, tenant: BusinessId, email: &Email) -> ContactPointId {
    ContactPointId::of(tenant, hash("email", email.as_str().as_bytes()))
}

fn claims(work: &impl Work, phone: Option<&Personal<PhoneNumber>>, email: Option<&Personal<Email>>) -> Vec<ContactPointId> {
    let hash = |purpose: &str, value: &[u8]| work.hash(purpose, value);
    let phone = phone.and_then(Personal::known).map(|phone| phone_claim(hash, work.tenant(), phone));
    let email = email.and_then(Personal::known).map(|email| email_claim(hash, work.tenant(), email));
    phone.into_iter().chain(email).collect()
}

/// The streams by which a person is found.
pub fn streams_of(work: &impl Work, person: &Person) -> Vec<Stream> {
    let claims = claims(work, person.phone.as_ref(), person.email.as_ref());
    claims.into_iter().map(Stream::of::<ContactPoint>).collect()
}

/// The customer to whom one of the person's addresses belongs, the phone number first; a new one if neither belongs to anybody.
pub async fn find_or_create(work: &impl Work, person: &Person) -> Result<CustomerView, Failure> {
    let claims = claims(work, person.phone.as_ref(), person.email.as_ref());
    if claims.is_empty() {
        return Err(Failure::refused(CustomerError::Unreachable));
    }
    let mut owner = None;
    for claim in &claims {
        owner = owner.or(work.load::<ContactPoint>(*claim).await?.state.owner);
    }
    if let Some(owner) = owner {
        return find(work, owner).await;
    }
    let id = work.new_id();
    work.act::<Customer>(id, CustomerCommand::Register { details: person.about(id) }).await?;
    for claim in claims {
        work.act::<ContactPoint>(claim, ContactPointCommand::Claim { customer_id: id }).await?;
    }
    Ok(CustomerView { is_new: true, ..find(work, id).await? })
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisterCustomer {
    pub person: Person,
}

impl Command for RegisterCustomer {
    const NAME: &'static str = "RegisterCustomer";
    type Output = CustomerView;

    async fn decide<W: Work>(&self, work: &W) -> Result<CustomerView, Failure> {
        let mut streams = streams_of(work, &self.person);
        streams.push(Stream::of::<Business>(work.tenant()));
        work.prepare(&streams).await?;
        work.load::<Business>(work.tenant()).await?.state.registered().map_err(Failure::refused)?;
        find_or_create(work, &self.person).await
    }
}

/// Replaces what is known of a customer, and moves the claims on addresses along.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeCustomer {
    pub customer_id: CustomerId,
    pub person: Person,
    pub seen_version: Option<i64>,
}

impl Command for ChangeCustomer {
    const NAME: &'static str = "ChangeCustomer";
    type Output = CustomerView;

    async fn decide<W: Work>(&self, work: &W) -> Result<CustomerView, Failure> {
        let id = self.customer_id;
        let loaded = work.load::<Customer>(id).await?;
        unchanged(&loaded, self.seen_version)?;
        let present = loaded.state.details().map_err(Failure::refused)?;
        let (old, new) = (
            claims(work, present.phone.as_ref(), present.email.as_ref()),
            claims(work, self.person.phone.as_ref(), self.person.email.as_ref()),
        );
        work.act::<Customer>(id, CustomerCommand::Change { details: self.person.about(id) }).await?;
        for claim in old.iter().filter(|claim| !new.contains(claim)) {
            work.act::<ContactPoint>(*claim, ContactPointCommand::Release { customer_id: id }).await?;
        }
        for claim in new {
            work.act::<ContactPoint>(claim, ContactPointCommand::Claim { customer_id: id }).await?;
        }
        find(work, id).await
    }
}
