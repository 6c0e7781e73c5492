//! Whose a webhook is, and whether it is genuine.
//!
//! Whose it is say, in this order, the channel in its address, the secret that it carries, or the numbers
//! that its messages name. Each is looked up as a [`ChannelAddress`], which leads to the channel and its
//! business. All three are known to the process after the first webhook, so the next one asks the database
//! nothing.

use std::sync::Arc;

use frontdesk_adapters::providers::provider::{Means, NotAuthentic, Provider, Request};
use frontdesk_domain::conversations::channel::{Channel, ChannelDetails};
use frontdesk_domain::conversations::channel_address::{ChannelAddress, ChannelOwner};
use frontdesk_domain::conversations::commands::channels::{channel_claim, number_claim, secret_claim};
use frontdesk_domain::conversations::inbound::Inbound;
use frontdesk_domain::kernel::ids::{BusinessId, ChannelAddressId, ChannelId};
use frontdesk_domain::kernel::refusal::Refusal;
use frontdesk_domain::scheduling::business::{Business, Registered};

use super::error::ReceiveError;
use crate::app::App;
use crate::reads::ReadError;

/// The channel that a webhook has proved to come from.
pub struct Sender {
    pub tenant: BusinessId,
    pub channel_id: ChannelId,
    pub channel: ChannelDetails,
    business: Arc<Business>,
}

impl Sender {
    pub fn business(&self) -> Result<&Registered, ReadError> {
        self.business.registered().map_err(|error| Refusal::from(error).into())
    }
}

/// The channel that a request comes from, if it has proved that it does. `claims` may lead to it, the most
/// telling first.
pub async fn authenticate(
    app: &App,
    provider: &dyn Provider,
    claims: Vec<ChannelAddressId>,
    request: &Request<'_>,
) -> Result<Sender, ReceiveError> {
    for claim in claims {
        let Some(sender) = find(app, claim).await? else { continue };
        let means =
            Means { hasher: app.bus.hasher(), sealing: &app.keys.channels, now: app.bus.clock().now() };
        provider.verify(&sender.channel.authentication, request, &means)?;
        return Ok(sender);
    }
    let presents_nothing = provider.presented(request, app.bus.hasher()).is_empty();
    Err(if presents_nothing { NotAuthentic::Missing } else { NotAuthentic::Wrong }.into())
}

/// The claim of the channel that an address names.
pub fn claim_of(app: &App, provider: &dyn Provider, channel: &str) -> Result<ChannelAddressId, ReceiveError> {
    let channel_id = channel.parse().map_err(ReceiveError::BadChannel)?;
    Ok(channel_claim(|purpose, value| app.bus.hasher().hash(purpose, value), provider.name(), channel_id))
}

/// The claims of the secrets that a request presents, and of the numbers that its messages name.
pub fn claims(
    app: &App,
    provider: &dyn Provider,
    request: &Request<'_>,
    messages: &[Inbound],
) -> Vec<ChannelAddressId> {
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    let presented = provider.presented(request, app.bus.hasher());
    let secrets = presented.iter().map(|secret| secret_claim(hash, provider.name(), secret));
    let numbers = messages.iter().flat_map(|message| &message.addresses);
    secrets.chain(numbers.map(|number| number_claim(hash, provider.name(), number))).collect()
}

/// The channel that a claim leads to.
async fn find(app: &App, claim: ChannelAddressId) -> Result<Option<Sender>, ReadError> {
    let Some(ChannelOwner { business_id, channel_id }) =
        app.bus.current::<ChannelAddress>(claim).await?.owner
    else {
        return Ok(None);
    };
    let business = app.bus.current::<Business>(business_id).await?;
    let channel = match &*app.bus.current::<Channel>(channel_id).await? {
        Channel::Open(details) => Some(details.clone()),
        Channel::Removed => None,
        // From before channels had streams of their own.
        Channel::Unknown => {
            let legacy = business.registered().ok().and_then(|business| business.legacy_channel(channel_id));
            legacy.cloned().map(ChannelDetails::from)
        }
    };
    Ok(channel.map(|channel| Sender { tenant: business_id, channel_id, channel, business }))
}
