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
use frontdesk_domain::values::sender::ChannelNumber;

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

/// The business that the head of a request names, by a channel in its address or by a secret. Nobody has
/// vouched for it: it is good for no more than telling one sender from another.
pub async fn claimed(
    app: &App,
    provider: &dyn Provider,
    channel: Option<&str>,
    head: &Request<'_>,
) -> Option<BusinessId> {
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    let claims: Vec<_> = match channel {
        Some(channel) => vec![channel_claim(hash, provider.name(), channel.parse().ok()?)],
        None => {
            let presented = provider.presented(head, app.bus.hasher());
            presented.iter().map(|secret| secret_claim(hash, provider.name(), secret)).collect()
        }
    };
    let addresses = app.bus.current_of::<ChannelAddress>(&claims).await.ok()?;
    addresses.iter().find_map(|address| Some(address.owner.as_ref()?.business_id))
}

/// The channel that an address names, if the request has proved that it comes from there.
pub async fn of_channel(
    app: &App,
    provider: &dyn Provider,
    channel: &str,
    request: &Request<'_>,
) -> Result<Sender, ReceiveError> {
    let channel_id = channel.parse().map_err(ReceiveError::BadChannel)?;
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    let claim = channel_claim(hash, provider.name(), channel_id);
    authenticated(app, provider, &[claim], request).await?.ok_or_else(|| unknown(app, provider, request))
}

/// The channels that a request comes from: the one of a secret that it presents, or those of the numbers that it
/// names. A body may be for several, of several businesses. Each has to vouch for it: what is for another number
/// is not taken in.
pub async fn found(
    app: &App,
    provider: &dyn Provider,
    request: &Request<'_>,
) -> Result<Senders, ReceiveError> {
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    let presented = provider.presented(request, app.bus.hasher());
    let secrets: Vec<_> =
        presented.iter().map(|secret| secret_claim(hash, provider.name(), secret)).collect();
    if let Some(sender) = authenticated(app, provider, &secrets, request).await? {
        return Ok(Senders::of(sender));
    }
    let (mut found, mut refused) = (Vec::new(), None);
    let numbers = provider.addresses(request);
    let claims: Vec<_> = numbers.iter().map(|number| number_claim(hash, provider.name(), number)).collect();
    let addresses = app.bus.current_of::<ChannelAddress>(&claims).await.map_err(ReadError::from)?;
    for (number, address) in numbers.into_iter().zip(addresses) {
        let Some(owner) = &address.owner else { continue };
        match vouched(app, provider, owner, request).await {
            Ok(Some(sender)) => found.push((Some(number), sender)),
            Ok(None) => {}
            Err(error) => refused = Some(error),
        }
    }
    match (found.is_empty(), refused) {
        (false, _) => Ok(Senders(found)),
        (true, Some(error)) => Err(error),
        (true, None) => Err(unknown(app, provider, request)),
    }
}

/// The channels that a request has proved to come from, each with the number that it is for; without one, it is
/// for whatever stands in it.
pub struct Senders(Vec<(Option<ChannelNumber>, Sender)>);

impl Senders {
    pub fn of(sender: Sender) -> Self {
        Self(vec![(None, sender)])
    }

    /// The one of a message, unless it is for a number that is none of theirs.
    pub fn sender(&self, inbound: &Inbound) -> Option<&Sender> {
        let is_for = |(number, sender): &&(Option<ChannelNumber>, Sender)| match (number, &inbound.to) {
            (Some(number), Some(to)) => number == to || sender.channel.numbers.contains(to),
            (None, Some(to)) => sender.channel.numbers.is_empty() || sender.channel.numbers.contains(to),
            (_, None) => true,
        };
        self.0.iter().find(is_for).map(|(_, sender)| sender)
    }

    pub fn first(&self) -> Option<&Sender> {
        self.0.first().map(|(_, sender)| sender)
    }
}

/// The first channel that a claim leads to, if the request has proved that it comes from there.
async fn authenticated(
    app: &App,
    provider: &dyn Provider,
    claims: &[ChannelAddressId],
    request: &Request<'_>,
) -> Result<Option<Sender>, ReceiveError> {
    for address in app.bus.current_of::<ChannelAddress>(claims).await.map_err(ReadError::from)? {
        let Some(owner) = &address.owner else { continue };
        if let Some(sender) = vouched(app, provider, owner, request).await? {
            return Ok(Some(sender));
        }
    }
    Ok(None)
}

/// The channel that a claim leads to, if the request has proved that it comes from there.
async fn vouched(
    app: &App,
    provider: &dyn Provider,
    owner: &ChannelOwner,
    request: &Request<'_>,
) -> Result<Option<Sender>, ReceiveError> {
    let Some(sender) = find(app, owner).await? else { return Ok(None) };
    let means = Means { hasher: app.bus.hasher(), sealing: &app.keys.channels, now: app.bus.clock().now() };
    provider.verify(&sender.channel.authentication, request, &means)?;
    Ok(Some(sender))
}

fn unknown(app: &App, provider: &dyn Provider, request: &Request<'_>) -> ReceiveError {
    let presents_nothing = provider.presented(request, app.bus.hasher()).is_empty();
    if presents_nothing { NotAuthentic::Missing } else { NotAuthentic::Wrong }.into()
}

/// The channel that a claim leads to.
async fn find(app: &App, owner: &ChannelOwner) -> Result<Option<Sender>, ReadError> {
    let ChannelOwner { business_id, channel_id } = *owner;
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
