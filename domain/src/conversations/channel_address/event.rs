use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{BusinessId, ChannelId};

/// The channel that an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelOwner {
    pub business_id: BusinessId,
    pub channel_id: ChannelId,
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ChannelAddressEvent {
    ChannelAddressClaimed { owner: ChannelOwner },
    ChannelAddressReleased { owner: ChannelOwner },
}

crate::domain_event!(ChannelAddressEvent);
