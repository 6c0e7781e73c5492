//! What happened to an appointment, in order.

use frontdesk_adapters::event_log::{EventLog, ReadError};
use frontdesk_domain::booking::appointment::Appointment;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId};
use frontdesk_domain::kernel::recorded::{RecordedEvent, Stream};

/// Every event about an appointment, and every event that was committed together with one: the call and its
/// tool call, the webhook, the time that was taken and freed.
pub async fn history(
    log: &EventLog,
    tenant: BusinessId,
    appointment: AppointmentId,
) -> Result<Vec<RecordedEvent>, ReadError> {
    log.commits_of(tenant, Stream::of::<Appointment>(appointment)).await
}
