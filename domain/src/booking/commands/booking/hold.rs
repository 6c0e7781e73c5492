//! Holding a slot, and releasing the hold.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alternatives::OrOffer;
use super::plan::{Leeway, contended};
use super::time::{free, take};
use super::view::{AppointmentView, view};
use crate::booking::appointment::{Appointment, AppointmentCommand, Source};
use crate::kernel::ids::{AppointmentId, BusinessId, CustomerId};
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::availability::offer::SlotOffer;

/// How long a hold stands by default, and at most.
pub const HOLD_SECONDS: u32 = 5 * 60;
pub const HOLD_SECONDS_MAX: u32 = 60 * 60;

/// Keeps a slot until it is confirmed or the hold runs out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct HoldSlot {
    pub offer: SlotOffer,
    pub seconds: u32,
    pub source: Source,
}

impl Command for HoldSlot {
    const NAME: &'static str = "HoldSlot";
    type Output = AppointmentView;

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let id = work.new_id();
        let expires_at = work.now() + TimeDelta::seconds(self.seconds.clamp(1, HOLD_SECONDS_MAX).into());
        let plan = take(work, id, &self.offer, None, Some(expires_at), Leeway::default()).await;
        let plan =
            plan.or_offer(work, self.offer.service_id, self.offer.start, self.offer.terms(), None).await?;
        let (slot, by) = (plan.slot, work.actor().clone());
        work.execute::<Appointment>(
            id,
            AppointmentCommand::Hold { slot, expires_at, source: self.source, by },
        )
        .await?;
        view(work, id).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseHold {
    pub hold_id: AppointmentId,
}

impl Command for ReleaseHold {
    const NAME: &'static str = "ReleaseHold";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let hold = work.load::<Appointment>(self.hold_id).await?.state;
        hold.is_free_to_all().map_err(Failure::refused)?;
        give_up(work, self.hold_id, None).await
    }
}

/// Releases a hold and its shares of limits. A hold of the waitlist has shares of its customer's limits, too.
pub(crate) async fn give_up(
    work: &impl Work,
    hold_id: AppointmentId,
    customer: Option<CustomerId>,
) -> Result<(), Failure> {
    let loaded = work.load::<Appointment>(hold_id).await?;
    work.execute::<Appointment>(hold_id, AppointmentCommand::Release { by: work.actor().clone() }).await?;
    if let Ok(slot) = loaded.state.held() {
        free(work, hold_id, slot, customer).await?;
    }
    Ok(())
}
