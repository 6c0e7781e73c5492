//! Who a message comes from: how a provider proves that it is its own, and how it names the business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phone::PhoneNumber;

/// A number or an id by which a provider's messages name the business that they are for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ChannelNumber {
    pub kind: ChannelAddressKind,
    pub value: String,
}

impl ChannelNumber {
    /// Whether a caller with this number calls from the business's own line, as forwarded calls do.
    pub fn is_line_of(&self, caller: &PhoneNumber) -> bool {
        self.kind == ChannelAddressKind::PhoneNumber
            && caller.forms().iter().any(|form| form.as_str() == self.value)
    }
}

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChannelAddressKind {
    /// In E.164.
    PhoneNumber,
    /// The provider's id of a phone number.
    PhoneNumberId,
    /// The provider's id of an assistant.
    AssistantId,
    /// The provider's id of an account with several numbers.
    AccountId,
}

/// How the provider proves that a webhook is its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::EnumDiscriminants)]
#[strum_discriminants(
    name(AuthenticationKind),
    derive(strum::IntoStaticStr),
    strum(serialize_all = "snake_case")
)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Authentication {
    /// A shared secret in a header of the provider's own, of which we keep a keyed hash.
    Secret { hash: String },
    /// A token in `Authorization: Bearer`, of which we keep a keyed hash.
    Bearer { hash: String },
    /// A signature over the raw body; the key is encrypted with a secret of the deployment.
    Hmac { sealed_key: String, scheme: HmacScheme },
    /// A signature in the provider's own way. While a key is changed there are two; each is encrypted with a secret
    /// of the deployment.
    Signature { sealed_keys: Vec<String> },
}

/// What goes into an HMAC signature and where it stands. Every part can be set on the provider's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HmacScheme {
    pub algorithm: HmacAlgorithm,
    pub encoding: HmacEncoding,
    pub signature_header: String,
    /// What stands before the signature in its header, for example `sha256=`.
    pub signature_prefix: String,
    /// `None`: no timestamp is signed, and a captured request could be sent again; it would be taken for a
    /// repeat.
    pub timestamp_header: Option<String>,
    /// What is signed, with `{timestamp}` and `{body}` in it.
    pub payload_format: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HmacAlgorithm {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HmacEncoding {
    Hex,
    Base64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_a_business_forwards_comes_from_its_own_line() {
        let number = |kind, value: &str| ChannelNumber { kind, value: value.into() };
        let caller = |text: &str| PhoneNumber::parse(text, None).expect(text);
        let line = number(ChannelAddressKind::PhoneNumber, "+5215512345678");
        assert!(line.is_line_of(&caller("+5215512345678")) && line.is_line_of(&caller("+525512345678")));
        assert!(!line.is_line_of(&caller("+525512345679")));
        let id = number(ChannelAddressKind::PhoneNumberId, "+525512345678");
        assert!(!id.is_line_of(&caller("+525512345678")));
    }
}
