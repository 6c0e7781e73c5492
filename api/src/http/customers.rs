//! `/api/v1/businesses/{business_id}/customers`: the people a business serves.

use frontdesk_domain::commands::customers::{ChangeCustomer, CustomerView, Person, RegisterCustomer};
use frontdesk_domain::contact_point::ContactPoint;
use frontdesk_domain::shared::email::Email;
use frontdesk_domain::shared::ids::{BusinessId, ContactPointId, CustomerId};
use frontdesk_domain::shared::personal::Personal;
use frontdesk_domain::shared::phone::PhoneNumber;
use frontdesk_domain::shared::text::Name;
use frontdesk_projections::customers::{self, CustomerRow, Customers};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};

use super::Tag;
use super::caller::Caller;
use super::field::Field;
use super::paging::List;
use super::problem::{Problem, ReadProblem};
use super::reply::{Asked, Created, Out, Reply, seen_version};
use crate::app::App;

/// A person: with a phone number or an email address, or both.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "CustomerDetails", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CustomerIn {
    pub name: Field<Name>,
    pub phone: Option<Field<PhoneNumber>>,
    pub email: Option<Field<Email>>,
}

impl CustomerIn {
    fn read(self) -> Person {
        Person::new(self.name.0, self.phone.map(|phone| phone.0), self.email.map(|email| email.0))
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Customer", skip_serializing_if_is_none)]
pub struct CustomerOut {
    pub id: Field<CustomerId>,
    pub version: i64,
    /// Not there, like phone and email, once the person is erased.
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl Out for CustomerOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl CustomerOut {
    fn of(view: CustomerView) -> Self {
        Self {
            id: Field(view.id),
            version: view.version,
            name: view.details.name.into_known().map(String::from),
            phone: view.details.phone.and_then(Personal::into_known).map(String::from),
            email: view.details.email.and_then(Personal::into_known).map(String::from),
        }
    }

    fn of_row(row: CustomerRow) -> Self {
        Self { id: Field(row.id()), version: row.version, name: row.name, phone: row.phone, email: row.email }
    }
}

#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "CustomerPage", skip_serializing_if_is_none)]
pub struct CustomerPage {
    pub items: Vec<CustomerOut>,
    pub next_cursor: Option<String>,
}

impl Out for CustomerPage {}

pub struct CustomersApi(pub App);

impl CustomersApi {
    /// Whose an address is.
    async fn owner(&self, claim: ContactPointId) -> Result<Option<CustomerId>, Problem> {
        Ok(self.0.bus.current::<ContactPoint>(claim).await?.owner)
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Customers")]
impl CustomersApi {
    /// Register a customer
    ///
    /// Whoever has the phone number or email address already is found, not registered again.
    #[oai(path = "/businesses/:business_id/customers", method = "post", operation_id = "register_customer")]
    async fn register(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// Under the same key the same request is carried out once, and gets the same reply.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<CustomerIn>,
    ) -> Result<Created<CustomerOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let content = body.to_json().unwrap_or_default();
        let command = RegisterCustomer { person: body.0.read() };
        let asked = Asked {
            caller: &caller,
            tenant,
            idempotency_key: idempotency_key.as_deref(),
            operation: "register_customer",
            body: content,
        };
        self.0.write(asked, &command, CustomerOut::of).await
    }

    /// List customers
    ///
    /// All, or the one with a phone number or an email address.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/customers", method = "get", operation_id = "list_customers")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        phone: Query<Option<Field<PhoneNumber>>>,
        email: Query<Option<Field<Email>>>,
        /// next_cursor of the page before.
        cursor: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u16>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<CustomerPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.read_at(&Customers, min_position.as_deref()).await?;
        let list = List { name: "customers", tenant: Some(tenant) };
        let request = list.request(&self.0, cursor.as_deref(), *limit)?;
        let hash = |purpose: &str, value: &[u8]| self.0.bus.hasher().hash(purpose, value);
        let claims: Vec<ContactPointId> = [
            phone.as_ref().map(|phone| frontdesk_domain::commands::customers::phone_claim(hash, tenant, &phone.0)),
            email.as_ref().map(|email| frontdesk_domain::commands::customers::email_claim(hash, tenant, &email.0)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if claims.is_empty() {
            let page = customers::list(&self.0.pool, tenant, request).await?;
            let items = page.items.into_iter().map(CustomerOut::of_row).collect();
            return Ok(Reply::new(CustomerPage { items, next_cursor: list.cursor(&self.0, page.next) }));
        }
        let mut owners = Vec::new();
        for claim in claims {
            owners.push(self.owner(claim).await?);
        }
        let same = owners.windows(2).all(|pair| pair[0] == pair[1]);
        let found = match owners.first() {
            Some(Some(owner)) if same => customers::find(&self.0.pool, tenant, *owner).await?,
            _ => None,
        };
        Ok(Reply::new(CustomerPage { items: found.into_iter().map(CustomerOut::of_row).collect(), next_cursor: None }))
    }

    /// Get a customer
    #[oai(path = "/businesses/:business_id/customers/:customer_id", method = "get", operation_id = "get_customer")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        /// Wait until this write is visible: Frontdesk-Position of its reply.
        min_position: Query<Option<String>>,
    ) -> Result<Reply<CustomerOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.0.read_at(&Customers, min_position.as_deref()).await?;
        let row = self.0.look(&Customers, || customers::find(&self.0.pool, tenant, customer_id.0.0)).await?;
        let row = row.ok_or_else(|| Problem::not_found("there is no such customer"))?;
        Ok(Reply::new(CustomerOut::of_row(row)))
    }

    /// Change a customer
    #[oai(path = "/businesses/:business_id/customers/:customer_id", method = "put", operation_id = "change_customer")]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        /// The ETag of the version that you have read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<CustomerIn>,
    ) -> Result<Reply<CustomerOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(if_match.as_deref())?;
        let command = ChangeCustomer { customer_id: customer_id.0.0, person: body.0.read(), seen_version };
        self.0.write(Asked::plain(&caller, tenant), &command, CustomerOut::of).await
    }
}
