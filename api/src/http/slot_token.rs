//! Tokens of open slots, as they come back in requests.

use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;

use super::fault::Fault;

/// What stands in a slot_token.
pub fn offer(app: &App, tenant: BusinessId, token: &str) -> Result<SlotOffer, Fault> {
    let detail = "was not issued here for this business, or has been altered; take one from the open slots";
    app.offer(tenant, token).map_err(|_| Fault::body("/slot_token", detail))
}
