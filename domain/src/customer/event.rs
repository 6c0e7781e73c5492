use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::email::Email;
use crate::shared::personal::Personal;
use crate::shared::phone::PhoneNumber;
use crate::shared::text::Name;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerDetails {
    pub name: Personal<Name>,
    pub phone: Option<Personal<PhoneNumber>>,
    pub email: Option<Personal<Email>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(tag = "type")]
pub enum CustomerEvent {
    CustomerRegistered { details: CustomerDetails },
    CustomerChanged { details: CustomerDetails },
}

crate::domain_event!(CustomerEvent);
