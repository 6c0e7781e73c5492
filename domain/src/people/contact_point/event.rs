use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::CustomerId;

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ContactPointEvent {
    ContactPointClaimed { customer_id: CustomerId },
    ContactPointReleased { customer_id: CustomerId },
    ContactPointMoved { from: CustomerId, to: CustomerId },
}

crate::domain_event!(ContactPointEvent);
