//! `/api/v1/businesses`: businesses and their hours.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use frontdesk_application::app::App;
use frontdesk_application::reads::affected::Changed;
use frontdesk_domain::booking::affected::OnOffer;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::languages::Language;
use frontdesk_domain::scheduling::business::{Business, BusinessProfile, CallerProof, Proof, Registered};
use frontdesk_domain::scheduling::commands::businesses::{
    BusinessView, ChangeBusinessHours, ChangeBusinessProfile, RegisterBusiness, RemoveBusinessDateOverride,
    SetBusinessDateOverride,
};
use frontdesk_domain::values::origin::Origin;
use frontdesk_domain::values::phone::{Country, PhoneNumber};
use frontdesk_domain::values::text::{Name, Note};
use frontdesk_domain::values::time::Zone;
use frontdesk_projections::directory::{self, Directory, Entry};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::affected::{AffectedOut, Affecting, Change};
use super::caller::Caller;
use super::fault::within;
use super::field::{Field, same};
use super::hours::{DateOverrideDto, HoursDto, day, overrides_out};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Kept, Out, Reply};
use super::tag::Tag;
use super::write::{Write, seen_version};

/// What a business says of itself.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "BusinessProfile", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ProfileIn {
    /// What callers know the business by.
    pub name: Field<Name>,
    /// The IANA time zone of its clock, on which its hours and all its dates are read.
    pub zone: Field<Zone>,
    /// ISO 3166-1 alpha-2: where numbers without a country code are dialled from.
    pub country: Option<Field<Country>>,
    /// Where it is, as callers are told.
    pub address: Option<Field<Note>>,
    /// Whom calls are handed over to when a person is wanted.
    pub handover_number: Option<Field<PhoneNumber>>,
    /// What callers are answered in, in BCP 47: en, es, pt or fr; en, if it is left out.
    #[oai(default = "english")]
    pub language: Field<Language>,
    /// Whether an assistant is told who calls by their number, and what they have booked, before they have
    /// said a word; no, if it is left out.
    pub recognise_callers: Option<bool>,
    /// What callers must know before an assistant tells them of an appointment, and before it moves or
    /// cancels it. The API is not held to it.
    pub caller_proof: Option<CallerProofDto>,
    /// The origins of its own pages that may call the API (CORS), beside those that the operator allows.
    #[oai(validator(max_items = 20))]
    pub allowed_origins: Option<Vec<Field<Origin>>>,
}

/// What a caller must know of an appointment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Object)]
#[oai(rename = "CallerProof", deny_unknown_fields, default)]
pub struct CallerProofDto {
    /// Before they are told of it.
    pub to_hear: ProofDto,
    /// Before it is moved or cancelled; at least what they need to hear of it.
    pub to_change: ProofDto,
}

/// What a caller must know of an appointment.
///
/// * `number`: its number: by calling from it, or by saying it with a name;
/// * `name`: a name that it is under, too;
/// * `name_and_day`: the name and its day, too;
/// * `staff`: nothing that a caller knows is enough, and the people of the business do it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "Proof")]
pub enum ProofDto {
    #[default]
    Number,
    Name,
    NameAndDay,
    Staff,
}

same! {
    ProofDto = Proof { Number, Name, NameAndDay, Staff }
}

impl CallerProofDto {
    fn read(self) -> CallerProof {
        CallerProof { to_hear: self.to_hear.into(), to_change: self.to_change.into() }
    }

    fn of(proof: CallerProof) -> Self {
        Self { to_hear: proof.to_hear.into(), to_change: proof.to_change.into() }
    }
}

fn english() -> Field<Language> {
    Field(Language::default())
}

impl ProfileIn {
    fn read(self) -> BusinessProfile {
        BusinessProfile {
            name: self.name.0,
            zone: self.zone.0,
            country: self.country.map(|country| country.0),
            address: self.address.map(|address| address.0),
            handover_number: self.handover_number.map(|number| number.0),
            language: self.language.0,
            recognises_callers: self.recognise_callers.unwrap_or_default(),
            caller_proof: self.caller_proof.unwrap_or_default().read(),
            allowed_origins: self
                .allowed_origins
                .unwrap_or_default()
                .into_iter()
                .map(|origin| origin.0)
                .collect(),
        }
    }

    fn of(profile: &BusinessProfile) -> Self {
        Self {
            name: Field(profile.name.clone()),
            zone: Field(profile.zone),
            country: profile.country.map(Field),
            address: profile.address.clone().map(Field),
            handover_number: profile.handover_number.clone().map(Field),
            language: Field(profile.language),
            recognise_callers: Some(profile.recognises_callers),
            caller_proof: Some(CallerProofDto::of(profile.caller_proof)),
            allowed_origins: Some(profile.allowed_origins.iter().cloned().map(Field).collect()),
        }
    }
}

/// A new business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewBusiness", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct BusinessIn {
    /// What it says of itself.
    pub profile: ProfileIn,
    /// Closed all week, if it is left out.
    pub hours: Option<HoursDto>,
}

/// A business: the tenant that everything else belongs to.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Business", skip_serializing_if_is_none)]
pub struct BusinessOut {
    pub id: Field<BusinessId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    /// What it says of itself.
    pub profile: ProfileIn,
    /// When it is open.
    pub hours: HoursDto,
    /// The dates that have hours of their own, by the date: 2026-12-24.
    pub date_overrides: BTreeMap<String, DateOverrideDto>,
    /// In replies to changes: which appointments to come no longer fit.
    pub affected: Option<AffectedOut>,
}

impl Affecting for BusinessOut {
    fn affects(self, affected: AffectedOut) -> Self {
        Self { affected: Some(affected), ..self }
    }
}

impl Out for BusinessOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl BusinessOut {
    fn new(id: BusinessId, version: i64, business: &Registered) -> Self {
        Self {
            id: Field(id),
            version,
            profile: ProfileIn::of(&business.profile),
            hours: (&business.schedule.hours).into(),
            date_overrides: overrides_out(&business.schedule),
            affected: None,
        }
    }

    fn of(view: BusinessView) -> Self {
        Self::new(view.id, view.version, &view.business)
    }

    fn of_entry(entry: &Entry<Business>) -> Option<Self> {
        let business = entry.state.registered().ok()?;
        Some(Self::new(BusinessId::from_uuid(entry.id), entry.version, business))
    }
}

page!(BusinessPage of BusinessOut);

fn changing<C: Command<Output = BusinessView>>(
    command: &C,
) -> Change<'_, C, impl FnOnce(&mut OnOffer, &BusinessView) + Send> {
    let would_be = |on_offer: &mut OnOffer, view: &BusinessView| on_offer.business = (&view.business).into();
    Change { command, of: Changed::Business, would_be }
}

pub struct BusinessesApi(pub App);

/// The business in a path, as the read model has it.
pub async fn entry(app: &App, tenant: BusinessId) -> Result<Entry<Business>, Problem> {
    let found = app
        .positions
        .find(&Directory, || directory::find::<Business>(&app.pool, tenant, tenant.uuid()))
        .await?;
    found.ok_or_else(|| Problem::not_found("there is no such business, or not for this key"))
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Businesses")]
impl BusinessesApi {
    /// Register a business
    ///
    /// For operators. The business is the tenant that everything else belongs to.
    #[oai(path = "/businesses", method = "post", operation_id = "register_business")]
    async fn register(
        &self,
        caller: Caller,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<BusinessIn>,
    ) -> Result<Created<BusinessOut>, Problem> {
        caller.must_operate()?;
        // Under a key the same business is meant each time, so the key names it.
        let tenant = match &*idempotency_key {
            Some(key) => BusinessId::derived(None, &[caller.actor().id.as_bytes(), key.as_bytes()]),
            None => BusinessId::from_uuid(Uuid::now_v7()),
        };
        let write = Write::by(&caller, tenant).once(&idempotency_key, "register_business", body.to_json());
        let command = RegisterBusiness {
            hours: body.0.hours.unwrap_or_default().read().map_err(within("/hours"))?,
            profile: body.0.profile.read(),
        };
        write.run(&self.0, &command, BusinessOut::of).await
    }

    /// List businesses
    ///
    /// An operator sees all, a key of a business its own.
    #[oai(path = "/businesses", method = "get", operation_id = "list_businesses")]
    async fn list(
        &self,
        caller: Caller,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<BusinessPage>, ReadProblem> {
        let list = List::of("businesses", caller.0.tenant, &cursor, *limit);
        let read = Read::of(&self.0, &Directory).at(&min_position);
        let page =
            read.page(list, |page| directory::list::<Business>(&self.0.pool, caller.0.tenant, page)).await?;
        Ok(page.filter_map(|entry| BusinessOut::of_entry(&entry)).into())
    }

    /// Get a business
    ///
    /// With its hours, and the dates that have hours of their own.
    #[oai(path = "/businesses/:business_id", method = "get", operation_id = "get_business")]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Kept<BusinessOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &Directory).at(&min_position).ready().await?;
        let entry = entry(&self.0, tenant).await?;
        let out =
            BusinessOut::of_entry(&entry).ok_or_else(|| Problem::not_found("there is no such business"))?;
        Ok(Kept(Reply::new(out)))
    }

    /// Change a business's profile
    ///
    /// All of it is replaced. Appointments that no longer fit stand, and are named in the reply.
    #[oai(path = "/businesses/:business_id", method = "put", operation_id = "change_business")]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<ProfileIn>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command =
            ChangeBusinessProfile { profile: body.0.read(), seen_version: seen_version(&if_match)? };
        changing(&command).run(&self.0, Write::by(&caller, tenant), *dry_run, BusinessOut::of).await
    }

    /// Change a business's weekly hours
    ///
    /// All of them are replaced, seasons and closures included. Appointments that no longer fit stand, and
    /// are named in the reply.
    #[oai(path = "/businesses/:business_id/hours", method = "put", operation_id = "change_business_hours")]
    async fn change_hours(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<HoursDto>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = ChangeBusinessHours { hours: body.0.read()?, seen_version: seen_version(&if_match)? };
        changing(&command).run(&self.0, Write::by(&caller, tenant), *dry_run, BusinessOut::of).await
    }

    /// Set the hours of one date
    ///
    /// A holiday is a date without windows.
    #[oai(
        path = "/businesses/:business_id/date-overrides/:date",
        method = "put",
        operation_id = "set_business_date_override"
    )]
    async fn set_date_override(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        date: Path<Field<NaiveDate>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<DateOverrideDto>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command =
            SetBusinessDateOverride { date: date.0.0, hours: day("windows", &body.windows)?, reason: None };
        changing(&command).run(&self.0, Write::by(&caller, tenant), *dry_run, BusinessOut::of).await
    }

    /// Let a date have its weekday's hours again
    ///
    /// Appointments that no longer fit stand, and are named in the reply.
    #[oai(
        path = "/businesses/:business_id/date-overrides/:date",
        method = "delete",
        operation_id = "remove_business_date_override"
    )]
    async fn remove_date_override(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        date: Path<NaiveDate>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
    ) -> Result<Reply<BusinessOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let command = RemoveBusinessDateOverride { date: *date };
        changing(&command).run(&self.0, Write::by(&caller, tenant), *dry_run, BusinessOut::of).await
    }
}
