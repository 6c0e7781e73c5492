//! What a change of the offer does to appointments that are booked already: said in the reply, or before the
//! change with `dry_run`.

use frontdesk_application::app::App;
use frontdesk_application::reads::affected::{self, Affected, Changed, Part};
use frontdesk_domain::booking::affected::{Misfit, OnOffer};
use frontdesk_domain::kernel::work::Command;
use poem_openapi::{Enum, Object};

use super::appointments::AppointmentOut;
use super::field::same;
use super::problem::Problem;
use super::reply::{Out, Reply};
use super::write::Write;

/// The most appointments that are named in a reply.
const NAMED_MAX: usize = 100;

/// Appointments to come that a change leaves without what they were booked for. They stand until they are
/// moved or cancelled.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AffectedAppointments")]
pub struct AffectedOut {
    /// True if nothing was changed: this is what the change would do. A new id or version in the reply does not
    /// exist then.
    pub dry_run: bool,
    /// How many there are; at least, if they are not complete.
    pub total: u32,
    /// False if there may be more: a business can have more than the 10,000 appointments to come that are
    /// looked at, and the list of appointments can be late.
    pub complete: bool,
    /// The first 100 of them, by their start.
    pub appointments: Vec<AffectedAppointmentOut>,
}

/// An appointment to come that no longer fits.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AffectedAppointment")]
pub struct AffectedAppointmentOut {
    /// Why it no longer fits.
    pub reasons: Vec<MisfitDto>,
    /// The appointment, as it is.
    pub appointment: AppointmentOut,
}

/// Why an appointment to come no longer fits.
///
/// * `closed`: it lies outside opening hours, or on a closure;
/// * `time_off`: one of its resources has time off;
/// * `resource_retired`: one of its resources is retired;
/// * `service_retired`: its service is retired;
/// * `resource_not_needed`: its service no longer needs one of its resources;
/// * `no_room`: there is no longer room for all appointments of that time, and those that were made first
///   keep theirs;
/// * `other_clock`: the clocks of the business show another time for it than the one that was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "AffectedReason")]
pub enum MisfitDto {
    Closed,
    TimeOff,
    ResourceRetired,
    ServiceRetired,
    ResourceNotNeeded,
    NoRoom,
    OtherClock,
}

same! {
    MisfitDto = Misfit { Closed, TimeOff, ResourceRetired, ServiceRetired, ResourceNotNeeded, NoRoom, OtherClock }
}

impl AffectedOut {
    fn of(affected: Affected, dry_run: bool) -> Self {
        let Affected { appointments, is_complete } = affected;
        Self {
            dry_run,
            total: u32::try_from(appointments.len()).unwrap_or(u32::MAX),
            complete: is_complete,
            appointments: appointments
                .into_iter()
                .take(NAMED_MAX)
                .map(|(row, reasons)| AffectedAppointmentOut {
                    reasons: reasons.into_iter().map(MisfitDto::from).collect(),
                    appointment: AppointmentOut::of_row(row),
                })
                .collect(),
        }
    }
}

/// A reply that says which appointments a change concerns.
pub trait Affecting: Out {
    fn affects(self, affected: AffectedOut) -> Self;
}

/// What a command changes, and what it puts in place.
pub struct Change<'c, C: Command, F> {
    pub command: &'c C,
    pub of: Changed,
    /// Puts what the command leads to in the place of what the log has.
    pub would_be: F,
}

impl<C: Command<Output: Sync>, F: FnOnce(&mut OnOffer, &C::Output) + Send> Change<'_, C, F> {
    /// Carries the change out, and says what it does to appointments. For a dry run nothing is written.
    pub async fn run<T: Affecting, const STATUS: u16>(
        self,
        app: &App,
        write: Write<'_>,
        dry_run: bool,
        show: impl Fn(C::Output) -> T + Sync,
    ) -> Result<Reply<T, STATUS>, Problem> {
        let tenant = write.tenant();
        let before = Part::current(app, tenant, self.of).await?;
        if dry_run {
            let output = write.preview(app, self.command).await?;
            let would_be = |on_offer: &mut OnOffer| (self.would_be)(on_offer, &output);
            let affected = affected::affected(app, tenant, self.of, before, would_be).await?;
            return Ok(Reply::imagined(show(output).affects(AffectedOut::of(affected, dry_run))));
        }
        let reply = write.run(app, self.command, show).await?;
        // An earlier request has made the change that is told again: all is named that does not fit.
        let before = before.filter(|_| !reply.is_replayed());
        match affected::affected(app, tenant, self.of, before, |_| {}).await {
            Ok(affected) => Ok(reply.map(|body| body.affects(AffectedOut::of(affected, dry_run)))),
            // It is done all the same.
            Err(error) => {
                tracing::warn!(%error, "which appointments a change concerns cannot be read");
                Ok(reply)
            }
        }
    }
}
