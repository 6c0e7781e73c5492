//! Cancelling an appointment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::change;
use super::time::free;
use super::view::{AppointmentView, view};
use crate::booking::appointment::{Appointment, AppointmentCommand, Booking, Change};
use crate::kernel::ids::AppointmentId;
use crate::kernel::personal::Personal;
use crate::kernel::work::{Command, Failure, Work};
use crate::values::text::Note;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CancelAppointment {
    pub appointment_id: AppointmentId,
    pub reason: Option<Personal<Note>>,
    /// The caller agrees to the fee.
    #[serde(default)]
    pub accepts_fee: bool,
    /// Why the business overrides the policy of the booking.
    #[serde(default)]
    pub override_reason: Option<Personal<Note>>,
    pub seen_version: Option<i64>,
}

impl CancelAppointment {
    pub fn new(appointment_id: AppointmentId) -> Self {
        Self { appointment_id, reason: None, accepts_fee: false, override_reason: None, seen_version: None }
    }
}

impl Command for CancelAppointment {
    const NAME: &'static str = "CancelAppointment";
    type Output = AppointmentView;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = self.appointment_id;
        let loaded = work.load::<Appointment>(id).await?;
        loaded.unchanged_since(self.seen_version)?;
        if let Appointment::Cancelled(_) = &*loaded.state {
            return view(work, id).await;
        }
        let booking = loaded.state.standing().map_err(Failure::refused)?;
        let change =
            change(&self.reason, self.accepts_fee, &self.override_reason, booking.attendee.customer_id);
        cancel_one(work, id, booking, change).await?;
        view(work, id).await
    }
}

/// Cancels an appointment and gives its time back.
pub(crate) async fn cancel_one(
    work: &impl Work,
    id: AppointmentId,
    booking: &Booking,
    change: Change,
) -> Result<(), Failure> {
    let (now, by) = (work.now(), work.actor().clone());
    work.execute::<Appointment>(id, AppointmentCommand::Cancel { change, by, now }).await?;
    free(work, id, &booking.slot, Some(booking.attendee.customer_id)).await
}
