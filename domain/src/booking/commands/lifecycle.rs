//! The lifecycle of a booking: the business approves or declines it, and the customer comes or does not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::appointment::{Appointment, AppointmentCommand, Change};
use crate::booking::commands::booking::{AppointmentView, about_customer, free, view};
use crate::booking::no_shows::{NoShows, NoShowsCommand};
use crate::kernel::ids::{AppointmentId, NoShowsId};
use crate::kernel::personal::Personal;
use crate::kernel::work::{Command, Failure, Work};
use crate::values::text::Note;

/// Approves a request, in the version that the caller has read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ApproveRequest {
    pub appointment_id: AppointmentId,
    /// A request may have been moved since the caller read it.
    pub seen_version: Option<i64>,
}

impl Command for ApproveRequest {
    const NAME: &'static str = "ApproveRequest";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        work.load::<Appointment>(id).await?.unchanged_since(self.seen_version)?;
        work.execute::<Appointment>(
            id,
            AppointmentCommand::Approve { by: work.actor().clone(), now: work.now() },
        )
        .await?;
        view(work, id).await
    }
}

/// Declines a request. Its time is free again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeclineRequest {
    pub appointment_id: AppointmentId,
    pub reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl Command for DeclineRequest {
    const NAME: &'static str = "DeclineRequest";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let loaded = work.load::<Appointment>(id).await?;
        loaded.unchanged_since(self.seen_version)?;
        let booking = loaded.state.booking();
        let reason = booking.and_then(|booking| about_customer(&self.reason, booking.attendee.customer_id));
        work.execute::<Appointment>(id, AppointmentCommand::Decline { reason, by: work.actor().clone() })
            .await?;
        if let Some(booking) = booking {
            free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await?;
        }
        view(work, id).await
    }
}

/// The customer is there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CheckIn {
    pub appointment_id: AppointmentId,
    pub seen_version: Option<i64>,
}

impl Command for CheckIn {
    const NAME: &'static str = "CheckIn";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        work.load::<Appointment>(id).await?.unchanged_since(self.seen_version)?;
        work.execute::<Appointment>(
            id,
            AppointmentCommand::CheckIn { by: work.actor().clone(), now: work.now() },
        )
        .await?;
        view(work, id).await
    }
}

/// The appointment took place. A no-show that was recorded by mistake is taken back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CompleteAppointment {
    pub appointment_id: AppointmentId,
    pub seen_version: Option<i64>,
}

impl Command for CompleteAppointment {
    const NAME: &'static str = "CompleteAppointment";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let loaded = work.load::<Appointment>(id).await?;
        loaded.unchanged_since(self.seen_version)?;
        work.execute::<Appointment>(
            id,
            AppointmentCommand::Complete { by: work.actor().clone(), now: work.now() },
        )
        .await?;
        if let Appointment::NoShow(booking) = &*loaded.state {
            let no_shows = NoShowsId::of(work.tenant(), booking.attendee.customer_id);
            work.execute::<NoShows>(no_shows, NoShowsCommand::Forgive { appointment_id: id }).await?;
        }
        view(work, id).await
    }
}

/// The customer did not come.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RecordNoShow {
    pub appointment_id: AppointmentId,
    pub reason: Option<Personal<Note>>,
    /// Why nothing is owed for it.
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl Command for RecordNoShow {
    const NAME: &'static str = "RecordNoShow";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let (now, by) = (work.now(), work.actor().clone());
        let id = self.appointment_id;
        let loaded = work.load::<Appointment>(id).await?;
        loaded.unchanged_since(self.seen_version)?;
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        let customer_id = booking.attendee.customer_id;
        let (reason, override_reason) =
            (about_customer(&self.reason, customer_id), about_customer(&self.override_reason, customer_id));
        let change = Change { reason, accepts_fee: true, override_reason };
        work.execute::<Appointment>(id, AppointmentCommand::RecordNoShow { change, by, now }).await?;
        let miss = NoShowsCommand::Miss { appointment_id: id, start: booking.slot.time.start };
        work.execute::<NoShows>(NoShowsId::of(work.tenant(), customer_id), miss).await?;
        view(work, id).await
    }
}
