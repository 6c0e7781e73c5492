//! An appointment as its readers see it.

use crate::booking::appointment::Appointment;
use crate::kernel::ids::{AppointmentId, CustomerId};
use crate::kernel::work::{Failure, Work};
use crate::people::commands::customers::find;
use crate::people::customer::CustomerDetails;

/// An appointment at its version, with its customer.
#[derive(Debug, Clone)]
pub struct AppointmentView {
    pub id: AppointmentId,
    pub version: i64,
    pub appointment: Appointment,
    pub customer: Option<(CustomerId, CustomerDetails)>,
}

pub(crate) async fn view(work: &impl Work, id: AppointmentId) -> Result<AppointmentView, Failure> {
    let loaded = work.load::<Appointment>(id).await?;
    let appointment = (*loaded.state).clone();
    let customer = match appointment.booking() {
        Some(booking) => {
            let customer = find(work, booking.attendee.customer_id).await?;
            Some((customer.id, customer.details))
        }
        None => None,
    };
    Ok(AppointmentView { id, version: loaded.version, appointment, customer })
}
