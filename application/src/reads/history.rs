//! What happened to an appointment, in order.

use frontdesk_adapters::event_log::rows::StoredEvent;
use frontdesk_adapters::event_log::{EventLog, ReadError};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::RecordedEvent;

/// Every event about an appointment, and every event that was committed together with one: the call and its tool call, the webhook, the time
/// that was taken and freed.
pub async fn history(log: &EventLog, tenant: BusinessId, appointment: AppointmentId) -> Result<Vec<RecordedEvent>, ReadError> {
    // A commit stands in one piece: from after the end of the one before it to the next end.
    let rows: Vec<StoredEvent> = sqlx::query_as(
        "with spans as (
             select distinct
                 coalesce((select p.position from events p where p.position < own.position and p.last_in_commit
                           order by p.position desc limit 1), 0) as after,
                 (select n.position from events n where n.position >= own.position and n.last_in_commit
                  order by n.position limit 1) as through
             from events own
             where own.aggregate_type = 'appointment' and own.aggregate_id = $1 and own.tenant_id = $2
         )
         select e.* from spans join events e on e.position > spans.after and e.position <= spans.through order by e.position",
    )
    .bind(appointment.uuid().to_string())
    .bind(tenant.uuid())
    .fetch_all(log.pool())
    .await?;
    log.decode(rows).await
}
