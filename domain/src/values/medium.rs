//! By what a business and a person reach each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Medium {
    /// Text messages of the telephone network, pictures included.
    Sms,
    Whatsapp,
    /// The chat on the business's own pages.
    WebChat,
    Email,
    /// Calls.
    Voice,
}
