//! Tokens of open slots, as they come back in requests.

use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;

use super::problem::Problem;

/// What stands in a slot_token.
pub fn offer(app: &App, tenant: BusinessId, token: &str) -> Result<SlotOffer, Problem> {
    app.offer(tenant, token).map_err(|_| {
        Problem::invalid("slot_token: it was not issued here for this business, or has been altered; take one from the open slots")
    })
}
