//! `/api/v1/businesses/{business_id}/customers`: the people a business serves, their addresses and their
//! figures.
//!
//! The id of a customer who was merged into another one stands for that one, here and everywhere but in
//! undoing the merge.

use chrono::{DateTime, Utc};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, ContactPointId, CustomerId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::commands::customers::{
    AddContactAddress, CustomerView, Person, RegisterCustomer, RemoveContactAddress, RenameCustomer,
};
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::values::email::Email;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::text::Name;
use frontdesk_domain::values::whatsapp::WhatsappUserId;
use frontdesk_projections::customer_figures::{self, CustomerFigures, Figures};
use frontdesk_projections::customers::{self, CustomerRow, Customers};
use frontdesk_projections::page::{Page, PageRequest};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::json;

use super::caller::Caller;
use super::fault::Fault;
use super::field::{Field, FieldType};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Out, Reply};
use super::tag::Tag;
use super::write::{Write, seen_version};

/// A person, with at least one address.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewCustomer", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CustomerIn {
    /// What the person is called.
    pub name: Field<Name>,
    /// Whoever has it already is found, not registered again.
    pub phone: Option<Field<PhoneNumber>>,
    /// Whoever has it already is found, not registered again.
    pub email: Option<Field<Email>>,
    /// Both ids that WhatsApp may tell of one user: digits (wa_id), and a business-scoped one.
    #[oai(default, validator(max_items = 5))]
    pub whatsapp_user_ids: Vec<Field<WhatsappUserId>>,
}

impl CustomerIn {
    fn read(self) -> Person {
        Person::new(self.name.0, self.phone.map(|phone| phone.0), self.email.map(|email| email.0))
            .with_whatsapp(self.whatsapp_user_ids.into_iter().map(|id| id.0))
    }
}

/// What a customer is called from now on.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "CustomerName", deny_unknown_fields)]
pub struct RenameIn {
    /// The new name.
    pub name: Field<Name>,
}

/// A kind of address.
///
/// * `phone`: a phone number in E.164;
/// * `whatsapp`: a wa_id or a business-scoped user id of WhatsApp;
/// * `email`: an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ContactPointKind")]
pub enum KindDto {
    Phone,
    Whatsapp,
    Email,
}

/// An address to reach and to recognise a customer by.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewContactPoint", deny_unknown_fields)]
pub struct ContactPointIn {
    /// What kind of address it is.
    pub kind: KindDto,
    /// A phone number in E.164, a WhatsApp user id, or an email address.
    #[oai(validator(min_length = 1, max_length = 320))]
    pub address: String,
}

impl ContactPointIn {
    fn read(&self) -> Result<ContactAddress, Problem> {
        let address = match self.kind {
            KindDto::Phone => <PhoneNumber as FieldType>::parse(&self.address).map(ContactAddress::Phone),
            KindDto::Whatsapp => {
                <WhatsappUserId as FieldType>::parse(&self.address).map(ContactAddress::Whatsapp)
            }
            KindDto::Email => <Email as FieldType>::parse(&self.address).map(ContactAddress::Email),
        };
        address.map_err(|error| Problem::bad_request(Fault::body("/address", error)))
    }
}

/// An address of a customer.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ContactPoint")]
pub struct ContactPointOut {
    pub id: Field<ContactPointId>,
    /// What kind of address it is.
    pub kind: KindDto,
    /// In its normal form.
    pub address: String,
}

impl ContactPointOut {
    pub fn of(id: ContactPointId, address: &ContactAddress) -> Self {
        let kind = match address {
            ContactAddress::Phone(_) => KindDto::Phone,
            ContactAddress::Whatsapp(_) => KindDto::Whatsapp,
            ContactAddress::Email(_) => KindDto::Email,
        };
        Self { id: Field(id), kind, address: address.as_str().to_owned() }
    }
}

/// A person whom the business serves.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Customer", skip_serializing_if_is_none)]
pub struct CustomerOut {
    pub id: Field<CustomerId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    /// Not there once the person is erased.
    pub name: Option<String>,
    /// The first phone number.
    pub phone: Option<String>,
    /// The first email address.
    pub email: Option<String>,
    /// All addresses, those of merged customers included. An erased person has none.
    pub contact_points: Vec<ContactPointOut>,
}

impl Out for CustomerOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl CustomerOut {
    pub fn of(view: CustomerView) -> Self {
        let contact_points: Vec<_> =
            view.contact_points.iter().map(|(id, address)| ContactPointOut::of(*id, address)).collect();
        let first =
            |kind| contact_points.iter().find(|point| point.kind == kind).map(|point| point.address.clone());
        Self {
            id: Field(view.id),
            version: view.version,
            name: view.details.name.into_known().map(String::from),
            phone: first(KindDto::Phone),
            email: first(KindDto::Email),
            contact_points,
        }
    }

    fn of_row(app: &App, tenant: BusinessId, row: &CustomerRow) -> Option<Self> {
        let details = row.details()?.clone();
        let known = details.addresses.iter().filter_map(Personal::known);
        let contact_points = known.map(|address| (claim(app, tenant, address), address.clone())).collect();
        Some(Self::of(CustomerView {
            id: row.id(),
            version: row.version,
            details,
            contact_points,
            is_new: false,
        }))
    }
}

/// The id of an address.
pub fn claim(app: &App, tenant: BusinessId, address: &ContactAddress) -> ContactPointId {
    address.claim(|purpose, value| app.bus.hasher().hash(purpose, value), tenant)
}

page!(CustomerPage of CustomerOut);

/// What a customer has booked so far and what became of it, merged customers included.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "CustomerFigures", skip_serializing_if_is_none)]
pub struct FiguresOut {
    pub customer_id: Field<CustomerId>,
    /// All appointments that were ever booked.
    pub booked: i64,
    /// Appointments that the customer has cancelled, through an assistant.
    pub cancelled_by_customer: i64,
    /// Appointments that people of the business have cancelled.
    pub cancelled_by_business: i64,
    /// Appointments that ended by themselves.
    pub cancelled_by_system: i64,
    /// Appointments that took place, as was recorded.
    pub completed: i64,
    /// Appointments to which the customer did not come.
    pub no_shows: i64,
    /// Those that stand and have not begun.
    pub upcoming: i64,
    /// When the next of them starts.
    pub next_appointment_at: Option<DateTime<Utc>>,
    /// The start of the first appointment that took place: completed, or past with nobody saying otherwise.
    pub first_visit_at: Option<DateTime<Utc>>,
    /// The start of the last one.
    pub last_visit_at: Option<DateTime<Utc>>,
}

impl Out for FiguresOut {}

impl FiguresOut {
    fn of(id: CustomerId, figures: Figures) -> Self {
        Self {
            customer_id: Field(id),
            booked: figures.booked,
            cancelled_by_customer: figures.cancelled_by_customer,
            cancelled_by_business: figures.cancelled_by_business,
            cancelled_by_system: figures.cancelled_by_system,
            completed: figures.completed,
            no_shows: figures.no_shows,
            upcoming: figures.upcoming,
            next_appointment_at: figures.next_at,
            first_visit_at: figures.first_visit_at,
            last_visit_at: figures.last_visit_at,
        }
    }
}

/// A customer, as far as it is known at `min_position`; of a merged one, the survivor.
pub async fn present(
    app: &App,
    tenant: BusinessId,
    id: CustomerId,
    min_position: &Option<String>,
) -> Result<CustomerRow, ReadProblem> {
    let read = Read::of(app, &Customers).at(min_position);
    read.one("there is no such customer", || customers::find(&app.pool, tenant, id)).await
}

pub struct CustomersApi(pub App);

impl CustomersApi {
    /// A page of all customers, or the one to whom all the addresses belong.
    async fn page(
        &self,
        tenant: BusinessId,
        addresses: &[ContactAddress],
        page: PageRequest,
    ) -> Result<Page<CustomerRow>, sqlx::Error> {
        if addresses.is_empty() {
            return customers::list(&self.0.pool, tenant, page).await;
        }
        let find = || customers::with_addresses(&self.0.pool, tenant, addresses);
        let found = self.0.positions.find(&Customers, find).await?;
        Ok(Page { items: found.into_iter().collect(), next: None })
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Customers")]
impl CustomersApi {
    /// Register a customer
    ///
    /// Whoever has one of the addresses already is found, not registered again. If the addresses belong to
    /// different customers, the strongest one decides: WhatsApp user id, phone number, email address. They
    /// are not merged, and what nobody has is not added to the one found.
    #[oai(path = "/businesses/:business_id/customers", method = "post", operation_id = "register_customer")]
    async fn register(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<CustomerIn>,
    ) -> Result<Created<CustomerOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "register_customer", body.to_json());
        let command = RegisterCustomer { person: body.0.read() };
        write.run(&self.0, &command, CustomerOut::of).await
    }

    /// List customers
    ///
    /// All but those who were merged into others, or the one to whom an address belongs; of several
    /// addresses, all must belong to them.
    #[allow(clippy::too_many_arguments)]
    #[oai(path = "/businesses/:business_id/customers", method = "get", operation_id = "list_customers")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        /// The one to whom this number belongs, in E.164.
        phone: Query<Option<Field<PhoneNumber>>>,
        /// The one to whom this WhatsApp user id belongs.
        whatsapp_user_id: Query<Option<Field<WhatsappUserId>>>,
        /// The one to whom this email address belongs.
        email: Query<Option<Field<Email>>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<CustomerPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("customers", tenant, &cursor, *limit);
        let phone = phone.0.map(|phone| ContactAddress::Phone(phone.0));
        let whatsapp = whatsapp_user_id.0.map(|id| ContactAddress::Whatsapp(id.0));
        let email = email.0.map(|email| ContactAddress::Email(email.0));
        let wanted: Vec<ContactAddress> = [phone, whatsapp, email].into_iter().flatten().collect();
        let read = Read::of(&self.0, &Customers).at(&min_position);
        let page = read.page(list, |page| self.page(tenant, &wanted, page)).await?;
        Ok(page.filter_map(|row| CustomerOut::of_row(&self.0, tenant, &row)).into())
    }

    /// Get a customer
    ///
    /// Of one who was merged into another, that one.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id",
        method = "get",
        operation_id = "get_customer"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<CustomerOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let row = present(&self.0, tenant, customer_id.0.0, &min_position).await?;
        let out = CustomerOut::of_row(&self.0, tenant, &row);
        Ok(Reply::new(out.ok_or_else(|| Problem::not_found("there is no such customer"))?))
    }

    /// Rename a customer
    ///
    /// Addresses come and go at contact-points.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id",
        method = "put",
        operation_id = "rename_customer"
    )]
    async fn rename(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<RenameIn>,
    ) -> Result<Reply<CustomerOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(&if_match)?;
        let name = body.0.name.personal();
        let command = RenameCustomer { customer_id: customer_id.0.0, name, seen_version };
        Write::by(&caller, tenant).run(&self.0, &command, CustomerOut::of).await
    }

    /// Give a customer an address
    ///
    /// One that belongs to another customer is refused: if both are the same person, merge them. Adding what
    /// is there changes nothing.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/contact-points",
        method = "post",
        operation_id = "add_contact_point"
    )]
    async fn add_contact_point(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ContactPointIn>,
    ) -> Result<Created<CustomerOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(
            &idempotency_key,
            "add_contact_point",
            json!([customer_id.0.to_string(), body.to_json(), &*if_match]),
        );
        let command = AddContactAddress {
            customer_id: customer_id.0.0,
            address: Personal::in_command(body.read()?),
            seen_version: seen_version(&if_match)?,
        };
        write.run(&self.0, &command, CustomerOut::of).await
    }

    /// Take an address from a customer
    ///
    /// Even the last one. It belongs to nobody then, and whoever comes with it next is somebody new.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/contact-points/:contact_point_id",
        method = "delete",
        operation_id = "remove_contact_point"
    )]
    async fn remove_contact_point(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        contact_point_id: Path<Field<ContactPointId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Reply<CustomerOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let (customer_id, contact_point_id) = (customer_id.0.0, contact_point_id.0.0);
        let seen_version = seen_version(&if_match)?;
        let command = RemoveContactAddress { customer_id, contact_point_id, seen_version };
        Write::by(&caller, tenant).run(&self.0, &command, CustomerOut::of).await
    }

    /// Get a customer's figures
    ///
    /// What they have booked so far and what became of it.
    #[oai(
        path = "/businesses/:business_id/customers/:customer_id/figures",
        method = "get",
        operation_id = "get_customer_figures"
    )]
    async fn figures(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        customer_id: Path<Field<CustomerId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<FiguresOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &CustomerFigures).at(&min_position).ready().await?;
        let id = present(&self.0, tenant, customer_id.0.0, &min_position).await?.id();
        let figures = customer_figures::of(&self.0.pool, tenant, id, self.0.bus.clock().now()).await?;
        Ok(Reply::new(FiguresOut::of(id, figures)))
    }
}
