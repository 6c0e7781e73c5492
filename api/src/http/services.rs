//! `/api/v1/businesses/{business_id}/services`: what a business offers.

use chrono::NaiveDate;
use frontdesk_application::app::App;
use frontdesk_application::reads::affected::Changed;
use frontdesk_domain::booking::affected::OnOffer;
use frontdesk_domain::kernel::ids::{BusinessId, ResourceId, ServiceId, StreamId};
use frontdesk_domain::kernel::work::Command;
use frontdesk_domain::scheduling::agenda_day::Buffers;
use frontdesk_domain::scheduling::commands::services::{
    AddService, ChangeService, RetireService, ServiceView,
};
use frontdesk_domain::scheduling::service::{
    Approval, Choice, Grid, GridKind, Horizon, Limit, LimitOf, Need, Offered, Overlap, Period, Policy,
    Service, ServiceDetails, WAITLIST_OFFER_MINUTES,
};
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::money::Money;
use frontdesk_domain::values::text::{Name, Note};
use frontdesk_projections::directory::{self, Directory, DirectoryError, Entry};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};

use super::affected::{AffectedOut, Affecting, Change};
use super::agreement::{DeadlineDto, MoneyDto, NoShowDto, QuestionDto};
use super::caller::Caller;
use super::fault::{Fault, each, within};
use super::field::{Field, same};
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Kept, Out, Reply};
use super::tag::Tag;
use super::write::{Write, seen_version};

/// One of these resources.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Need", deny_unknown_fields)]
pub struct NeedDto {
    /// The resources that can meet it.
    #[oai(validator(min_items = 1, max_items = 100))]
    pub any_of: Vec<Field<ResourceId>>,
    /// Which of those that are free is taken.
    #[oai(default)]
    pub choice: ChoiceDto,
    /// For a balanced choice: how much each takes in relation to the others, in the order of any_of; the same
    /// if it is left out.
    #[oai(default, validator(max_items = 100))]
    pub weights: Vec<u32>,
}

/// Which of several free resources is taken.
///
/// * `preferred`: the first, in the order of any_of;
/// * `least_busy`: the one with the fewest minutes of appointments that day;
/// * `balanced`: in turn, by weight: the one with the fewest appointments that week for its weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename = "Choice", rename_all = "snake_case")]
pub enum ChoiceDto {
    #[default]
    Preferred,
    LeastBusy,
    Balanced,
}

/// How the time ahead that can be booked is counted.
///
/// * `days`: today and so many days more;
/// * `business_days`: today, and until so many days from Monday to Friday have passed;
/// * `available_days`: the first so many days on which anything is open;
/// * `dates`: from a first date to a last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "HorizonKind", rename_all = "snake_case")]
pub enum HorizonKind {
    Days,
    BusinessDays,
    AvailableDays,
    Dates,
}

/// How far ahead it can be booked, in dates of the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "Horizon", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct HorizonDto {
    /// How it is counted.
    pub kind: HorizonKind,
    /// How many; for all kinds but dates.
    #[oai(validator(minimum(value = "1"), maximum(value = "730")))]
    pub days: Option<u32>,
    /// For dates: the first.
    pub first: Option<Field<NaiveDate>>,
    /// For dates: the last.
    pub last: Option<Field<NaiveDate>>,
}

impl Default for HorizonDto {
    fn default() -> Self {
        Self { kind: HorizonKind::Days, days: Some(60), first: None, last: None }
    }
}

impl HorizonDto {
    fn read(self) -> Result<Horizon, Fault> {
        match (self.kind, self.days, self.first, self.last) {
            (HorizonKind::Days, Some(days), None, None) => Ok(Horizon::Days { days }),
            (HorizonKind::BusinessDays, Some(days), None, None) => Ok(Horizon::BusinessDays { days }),
            (HorizonKind::AvailableDays, Some(days), None, None) => Ok(Horizon::AvailableDays { days }),
            (HorizonKind::Dates, None, Some(first), Some(last)) => {
                Ok(Horizon::Dates(Dates { first: first.0, last: last.0 }))
            }
            (HorizonKind::Dates, ..) => {
                Err(Fault::body("/horizon", "must have a first and a last date, and no days, for dates"))
            }
            _ => Err(Fault::body(
                "/horizon",
                "must have days, and neither a first nor a last date, for this kind",
            )),
        }
    }

    fn of(horizon: Horizon) -> Self {
        let days = |kind, days| Self { kind, days: Some(days), first: None, last: None };
        match horizon {
            Horizon::Days { days: count } => days(HorizonKind::Days, count),
            Horizon::BusinessDays { days: count } => days(HorizonKind::BusinessDays, count),
            Horizon::AvailableDays { days: count } => days(HorizonKind::AvailableDays, count),
            Horizon::Dates(Dates { first, last }) => Self {
                kind: HorizonKind::Dates,
                days: None,
                first: Some(Field(first)),
                last: Some(Field(last)),
            },
        }
    }
}

/// Where appointments start.
///
/// * `clock`: in each free stretch from the first round time on the business's clock, in steps;
/// * `opening`: from each opening in steps, whatever is booked;
/// * `tight`: in each free stretch so that the most appointments fit, at round times where that costs none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename = "Grid", rename_all = "snake_case")]
pub enum GridDto {
    #[default]
    Clock,
    Opening,
    Tight,
}

/// Whether a customer may have two appointments at one time.
///
/// * `allowed`: without being asked;
/// * `asked`: with the customer's consent: accept_overlap;
/// * `forbidden`: never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename = "Overlap", rename_all = "snake_case")]
pub enum OverlapDto {
    Allowed,
    #[default]
    Asked,
    Forbidden,
}

/// Whose bookings a limit counts.
///
/// * `service`: all of the service;
/// * `resource`: those of the service with one resource;
/// * `customer`: those of the service for one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "LimitOf", rename_all = "snake_case")]
pub enum LimitOfDto {
    Service,
    Resource,
    Customer,
}

/// A period of the business's calendar. A week begins on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Period", rename_all = "snake_case")]
pub enum PeriodDto {
    Day,
    Week,
    Month,
    Year,
}

/// So much at most in a period of the business's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "Limit", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct LimitDto {
    /// Whose bookings are counted.
    pub of: LimitOfDto,
    /// The period that they are counted in.
    pub per: PeriodDto,
    /// How many bookings at most.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub bookings: Option<u32>,
    /// How many minutes of bookings at most.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub minutes: Option<u32>,
}

/// What a service is.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ServiceDetails", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ServiceIn {
    /// What callers know it by.
    pub name: Field<Name>,
    /// What callers are told about it.
    pub description: Option<Field<Note>>,
    /// How long an appointment takes, from 1 to 1440 minutes.
    #[oai(validator(minimum(value = "1"), maximum(value = "1440")))]
    pub duration_minutes: u32,
    /// Further durations that a customer may choose.
    #[oai(default, validator(max_items = 20))]
    pub other_durations: Vec<u32>,
    /// Time kept free before each appointment.
    #[oai(default, validator(maximum(value = "720")))]
    pub buffer_before_minutes: u32,
    /// Time kept free after each appointment.
    #[oai(default, validator(maximum(value = "720")))]
    pub buffer_after_minutes: u32,
    /// Between two appointments of services that both say so, the longer buffer is kept; else both, one after
    /// the other.
    #[oai(default)]
    pub share_buffers: bool,
    /// How long before its start it can be booked at the latest.
    #[oai(default, validator(maximum(value = "129600")))]
    pub minimum_notice_minutes: u32,
    /// 60 days, if it is left out.
    pub horizon: Option<HorizonDto>,
    /// Where appointments start.
    #[oai(default)]
    pub grid: GridDto,
    /// From one start to the next.
    #[oai(default = "default_step", validator(minimum(value = "1"), maximum(value = "1440")))]
    pub step_minutes: u32,
    /// How much later than the grid would have it each appointment starts.
    #[oai(default, validator(maximum(value = "1439")))]
    pub offset_minutes: u32,
    /// More than one: a class, whose bookings of the same time share its resources until its seats are taken.
    #[oai(default = "one", validator(minimum(value = "1"), maximum(value = "10000")))]
    pub seats: u32,
    /// How much can be booked in a period.
    #[oai(default, validator(max_items = 10))]
    pub limits: Vec<LimitDto>,
    /// How long a time that has become free is kept for whoever is first on the waitlist; 30, if it is left
    /// out.
    #[oai(validator(minimum(value = "1"), maximum(value = "1440")))]
    pub waitlist_offer_minutes: Option<u32>,
    /// What it takes, all of it: each need is any one of some resources.
    #[oai(validator(min_items = 1, max_items = 5))]
    pub needs: Vec<NeedDto>,
    /// Of an appointment; of a class, of a seat.
    pub price: Option<MoneyDto>,
    /// A booking is a request that somebody of the business approves within so many minutes; after that it
    /// expires.
    #[oai(validator(minimum(value = "1"), maximum(value = "43200")))]
    pub approval_within_minutes: Option<u32>,
    /// Until when customers can cancel. Until the start, if it is left out.
    pub cancellation: Option<DeadlineDto>,
    /// Until when customers can move an appointment. Until the start, if it is left out.
    pub reschedule: Option<DeadlineDto>,
    /// What follows when a customer does not come. Nothing, if it is left out.
    pub no_show: Option<NoShowDto>,
    /// Whether a customer may book it for a time when they have another appointment: "asked" wants their
    /// consent (accept_overlap).
    pub overlap: Option<OverlapDto>,
    /// So long after its end an appointment is completed by itself; never, if it is left out.
    #[oai(validator(maximum(value = "10080")))]
    pub complete_after_minutes: Option<u32>,
    /// What is asked before it is booked.
    #[oai(default, validator(max_items = 20))]
    pub questions: Vec<QuestionDto>,
}

fn default_step() -> u32 {
    15
}

fn one() -> u32 {
    1
}

same! {
    ChoiceDto = Choice { Preferred, LeastBusy, Balanced }
    GridDto = GridKind { Clock, Opening, Tight }
    LimitOfDto = LimitOf { Service, Resource, Customer }
    OverlapDto = Overlap { Allowed, Asked, Forbidden }
    PeriodDto = Period { Day, Week, Month, Year }
}

impl ServiceIn {
    fn read(self) -> Result<ServiceDetails, Problem> {
        let need = |need: NeedDto| Need {
            any_of: need.any_of.into_iter().map(|id| id.0).collect(),
            choice: need.choice.into(),
            weights: need.weights,
        };
        let limit = |limit: LimitDto| Limit {
            of: limit.of.into(),
            per: limit.per.into(),
            bookings: limit.bookings,
            minutes: limit.minutes,
        };
        Ok(ServiceDetails {
            name: self.name.0,
            description: self.description.map(|description| description.0),
            duration_minutes: self.duration_minutes,
            other_durations: self.other_durations,
            buffers: Buffers {
                before_minutes: self.buffer_before_minutes,
                after_minutes: self.buffer_after_minutes,
                shared: self.share_buffers,
            },
            minimum_notice_minutes: self.minimum_notice_minutes,
            horizon: self.horizon.unwrap_or_default().read()?,
            grid: Grid {
                kind: self.grid.into(),
                step_minutes: self.step_minutes,
                offset_minutes: self.offset_minutes,
            },
            seats: self.seats,
            limits: self.limits.into_iter().map(limit).collect(),
            waitlist_offer_minutes: self.waitlist_offer_minutes.unwrap_or(WAITLIST_OFFER_MINUTES),
            needs: self.needs.into_iter().map(need).collect(),
            price: self.price.map(Money::from),
            policy: Policy {
                approval: self.approval_within_minutes.map(|within_minutes| Approval { within_minutes }),
                cancellation: DeadlineDto::read(self.cancellation).map_err(within("/cancellation"))?,
                reschedule: DeadlineDto::read(self.reschedule).map_err(within("/reschedule"))?,
                no_show: NoShowDto::read(self.no_show).map_err(within("/no_show"))?,
                overlap: self.overlap.unwrap_or_default().into(),
                complete_after_minutes: self.complete_after_minutes,
            },
            questions: each("/questions", self.questions, QuestionDto::read)?,
        })
    }

    fn of(details: ServiceDetails) -> Self {
        let need = |need: Need| NeedDto {
            any_of: need.any_of.into_iter().map(Field).collect(),
            choice: need.choice.into(),
            weights: need.weights,
        };
        let limit = |limit: Limit| LimitDto {
            of: limit.of.into(),
            per: limit.per.into(),
            bookings: limit.bookings,
            minutes: limit.minutes,
        };
        Self {
            name: Field(details.name),
            description: details.description.map(Field),
            duration_minutes: details.duration_minutes,
            other_durations: details.other_durations,
            buffer_before_minutes: details.buffers.before_minutes,
            buffer_after_minutes: details.buffers.after_minutes,
            share_buffers: details.buffers.shared,
            minimum_notice_minutes: details.minimum_notice_minutes,
            horizon: Some(HorizonDto::of(details.horizon)),
            grid: details.grid.kind.into(),
            step_minutes: details.grid.step_minutes,
            offset_minutes: details.grid.offset_minutes,
            seats: details.seats,
            limits: details.limits.into_iter().map(limit).collect(),
            waitlist_offer_minutes: Some(details.waitlist_offer_minutes),
            needs: details.needs.into_iter().map(need).collect(),
            price: details.price.map(MoneyDto::from),
            approval_within_minutes: details.policy.approval.map(|approval| approval.within_minutes),
            cancellation: DeadlineDto::of(details.policy.cancellation),
            reschedule: DeadlineDto::of(details.policy.reschedule),
            no_show: NoShowDto::of(details.policy.no_show),
            overlap: Some(details.policy.overlap.into()),
            complete_after_minutes: details.policy.complete_after_minutes,
            questions: details.questions.into_iter().map(QuestionDto::of).collect(),
        }
    }
}

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Service", skip_serializing_if_is_none)]
pub struct ServiceOut {
    pub id: Field<ServiceId>,
    /// How often it was changed, its making included. The ETag is made of it.
    pub version: i64,
    /// What it is.
    pub details: ServiceIn,
    /// It can no longer be booked.
    pub retired: bool,
    /// In replies to changes: which appointments to come no longer fit.
    pub affected: Option<AffectedOut>,
}

impl Affecting for ServiceOut {
    fn affects(self, affected: AffectedOut) -> Self {
        Self { affected: Some(affected), ..self }
    }
}

impl Out for ServiceOut {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl ServiceOut {
    fn of(view: ServiceView) -> Self {
        Self {
            id: Field(view.id),
            version: view.version,
            details: ServiceIn::of(view.details),
            retired: view.retired,
            affected: None,
        }
    }

    fn of_entry(entry: Entry<Service>) -> Option<Self> {
        let Offered { details, retired } = entry.state.known().ok()?.clone();
        Some(Self::of(ServiceView {
            id: ServiceId::from_uuid(entry.id),
            version: entry.version,
            details,
            retired,
        }))
    }
}

page!(ServicePage of ServiceOut);

fn changing<C: Command<Output = ServiceView>>(
    command: &C,
    id: ServiceId,
) -> Change<'_, C, impl FnOnce(&mut OnOffer, &ServiceView) + Send> {
    let would_be = |on_offer: &mut OnOffer, view: &ServiceView| {
        let offered = Offered { details: view.details.clone(), retired: view.retired };
        on_offer.services.insert(view.id, offered);
    };
    Change { command, of: Changed::Service(id), would_be }
}

pub struct ServicesApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Services")]
impl ServicesApi {
    /// Add a service
    ///
    /// It can be booked at once. Its needs name resources, so add those first.
    #[oai(path = "/businesses/:business_id/services", method = "post", operation_id = "add_service")]
    async fn add(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<ServiceIn>,
    ) -> Result<Created<ServiceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let write = Write::by(&caller, tenant).once(&idempotency_key, "add_service", body.to_json());
        let command = AddService { details: body.0.read()? };
        write.run(&self.0, &command, ServiceOut::of).await
    }

    /// List services
    ///
    /// The retired ones, too.
    #[oai(path = "/businesses/:business_id/services", method = "get", operation_id = "list_services")]
    async fn list(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ServicePage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let list = List::of("services", tenant, &cursor, *limit);
        let read = Read::of(&self.0, &Directory).at(&min_position);
        let page =
            read.page(list, |page| directory::list::<Service>(&self.0.pool, Some(tenant), page)).await?;
        Ok(page.filter_map(ServiceOut::of_entry).into())
    }

    /// Get a service
    ///
    /// With all its rules, prices and questions.
    #[oai(
        path = "/businesses/:business_id/services/:service_id",
        method = "get",
        operation_id = "get_service"
    )]
    async fn get(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        service_id: Path<Field<ServiceId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Kept<ServiceOut>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        let read = Read::of(&self.0, &Directory).at(&min_position);
        let find = || async {
            let entry = directory::find::<Service>(&self.0.pool, tenant, service_id.0.0.uuid()).await?;
            Ok::<_, DirectoryError>(entry.and_then(ServiceOut::of_entry))
        };
        Ok(Kept(Reply::new(read.one("there is no such service", find).await?)))
    }

    /// Change a service
    ///
    /// Appointments that are booked stay as they were agreed. Those that no longer fit are named in the reply.
    #[oai(
        path = "/businesses/:business_id/services/:service_id",
        method = "put",
        operation_id = "change_service"
    )]
    async fn change(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        service_id: Path<Field<ServiceId>>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
        body: Json<ServiceIn>,
    ) -> Result<Reply<ServiceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let seen_version = seen_version(&if_match)?;
        let command = ChangeService { service_id: service_id.0.0, details: body.0.read()?, seen_version };
        let write = Write::by(&caller, tenant);
        changing(&command, service_id.0.0).run(&self.0, write, *dry_run, ServiceOut::of).await
    }

    /// Retire a service
    ///
    /// It can no longer be booked; appointments for it stand, and are named in the reply.
    #[oai(
        path = "/businesses/:business_id/services/:service_id",
        method = "delete",
        operation_id = "retire_service"
    )]
    async fn retire(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        service_id: Path<Field<ServiceId>>,
        /// True to be told which appointments the change would concern, and change nothing.
        #[oai(default)]
        dry_run: Query<bool>,
    ) -> Result<Reply<ServiceOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let (write, command) = (Write::by(&caller, tenant), RetireService { service_id: service_id.0.0 });
        changing(&command, service_id.0.0).run(&self.0, write, *dry_run, ServiceOut::of).await
    }
}
