use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::ChannelId;

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ChannelRosterEvent {
    ChannelEnrolled { channel_id: ChannelId },
    ChannelStruck { channel_id: ChannelId },
}

crate::domain_event!(ChannelRosterEvent);
