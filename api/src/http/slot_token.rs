//! Tokens of open slots, as they come back in requests.

use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;

use super::fault::Fault;
use super::field::BAD_SLOT_TOKEN;

/// What stands in a slot_token.
pub fn offer(app: &App, tenant: BusinessId, token: &str) -> Result<SlotOffer, Fault> {
    app.offer(tenant, token).map_err(|_| Fault::body("/slot_token", BAD_SLOT_TOKEN))
}
