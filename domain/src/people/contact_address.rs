//! An address of a customer: a phone number, a WhatsApp user id or an email address.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{BusinessId, ContactPointId, KeyedHash};
use crate::values::email::Email;
use crate::values::phone::PhoneNumber;
use crate::values::whatsapp::WhatsappUserId;

/// An address, in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "address", rename_all = "snake_case")]
pub enum ContactAddress {
    Phone(PhoneNumber),
    Whatsapp(WhatsappUserId),
    Email(Email),
}

impl ContactAddress {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Whatsapp(_) => "whatsapp",
            Self::Email(_) => "email",
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(number) => number.as_str(),
            Self::Whatsapp(id) => id.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// The forms under which somebody may have it, this one first. Old forms of a phone number were recorded
    /// before they were read as today's.
    pub fn forms(&self) -> Vec<Self> {
        match self {
            Self::Phone(number) => number.forms().into_iter().map(Self::Phone).collect(),
            Self::Whatsapp(_) | Self::Email(_) => vec![self.clone()],
        }
    }

    /// The streams that may say whose it is, that of its own form first.
    pub fn claims(&self, hash: impl Fn(&str, &[u8]) -> KeyedHash, tenant: BusinessId) -> Vec<ContactPointId> {
        self.forms().iter().map(|form| form.claim(&hash, tenant)).collect()
    }

    /// The stream that says whose it is. The kind is part of the hash: a number differs on the phone and on
    /// WhatsApp.
    pub fn claim(&self, hash: impl Fn(&str, &[u8]) -> KeyedHash, tenant: BusinessId) -> ContactPointId {
        ContactPointId::of(tenant, hash(self.kind(), self.as_str().as_bytes()))
    }
}
