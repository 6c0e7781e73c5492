//! Who is calling, for the business that is called.
//!
//! What the network says is read as it is dialled in the country of the business. A call that the business
//! forwards from a line of its own comes with that line's number: it is one of its channels, and nobody's.

use frontdesk_adapters::command_bus::Bus;
use frontdesk_adapters::event_log::ReadError;
use frontdesk_domain::conversations::channel::Channel;
use frontdesk_domain::conversations::channel_roster::ChannelRoster;
use frontdesk_domain::conversations::inbound::Inbound;
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId, ChannelRosterId};
use frontdesk_domain::scheduling::business::Registered;
use frontdesk_domain::values::phone::PhoneNumber;

/// The caller's number; `None` if there is none, or if it is nobody's.
pub async fn number(
    bus: &Bus,
    tenant: BusinessId,
    business: &Registered,
    inbound: &Inbound,
) -> Result<Option<PhoneNumber>, ReadError> {
    let said = inbound.caller.as_deref();
    let Some(caller) = said.and_then(|said| PhoneNumber::of_caller(said, business.profile.country)) else {
        return Ok(None);
    };
    let is_own = is_line_of(bus, tenant, business, &caller).await?;
    Ok((!is_own).then_some(caller))
}

/// Whether a number is one of the business's own. After the first call, the process knows its channels.
pub async fn is_line_of(
    bus: &Bus,
    tenant: BusinessId,
    business: &Registered,
    caller: &PhoneNumber,
) -> Result<bool, ReadError> {
    let roster = bus.current::<ChannelRoster>(ChannelRosterId::of(tenant)).await?;
    let channels = bus.current_of::<Channel>(&roster.channels().collect::<Vec<ChannelId>>()).await?;
    let own = channels.iter().filter_map(|channel| channel.open().ok()).flat_map(|channel| &channel.numbers);
    let legacy = business.legacy_channels.iter().flat_map(|channel| &channel.numbers);
    Ok(own.chain(legacy).any(|number| number.is_line_of(caller)))
}
