//! The names by which WhatsApp knows its users.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The digits of a `wa_id`.
const DIGITS_MIN: usize = 4;
const DIGITS_MAX: usize = 15;
/// The letters and digits of a business-scoped user id at most.
const SCOPED_LENGTH_MAX: usize = 128;

/// A WhatsApp user, in one of two forms.
///
/// * A `wa_id`: digits, `5511987654321`. It looks like a phone number and often is not the one that people
///   dial: some countries' ids keep or lack a digit (Brazil's ninth, Mexico's and Argentina's 1). So it is
///   never taken for one.
/// * A business-scoped user id: country, period, letters and digits, `US.13491208655302741918`, or
///   `US.ENT.11815799212886844830` for a group of businesses. Users who hide their number have this one only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WhatsappUserId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a WhatsApp user id; it should be digits like \"573001234567\", or like \"US.13491208655302741918\""
)]
pub struct BadWhatsappUserId;

impl WhatsappUserId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WhatsappUserId {
    type Err = BadWhatsappUserId;

    fn from_str(text: &str) -> Result<Self, BadWhatsappUserId> {
        let text = text.trim();
        let normal = match text.split_once('.') {
            Some((country, user)) => scoped(country, user),
            None => digits(text.strip_prefix('+').unwrap_or(text)),
        };
        normal.map(Self).ok_or(BadWhatsappUserId)
    }
}

/// A `wa_id` is at most as long as a number with its country code, which begins with no zero. Numbers for tests are
/// shorter.
fn digits(text: &str) -> Option<String> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (all_digits && !text.starts_with('0') && (DIGITS_MIN..=DIGITS_MAX).contains(&text.len()))
        .then(|| text.to_owned())
}

/// The country is written in capitals; what follows is kept as it is.
fn scoped(country: &str, user: &str) -> Option<String> {
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    let within = user.strip_prefix("ENT.").unwrap_or(user);
    let is_user = (1..=SCOPED_LENGTH_MAX).contains(&within.len())
        && within.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_country && is_user).then(|| format!("{}.{user}", country.to_ascii_uppercase()))
}

impl fmt::Debug for WhatsappUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WhatsappUserId(…)")
    }
}

impl TryFrom<String> for WhatsappUserId {
    type Error = BadWhatsappUserId;

    fn try_from(text: String) -> Result<Self, BadWhatsappUserId> {
        text.parse()
    }
}

impl From<WhatsappUserId> for String {
    fn from(id: WhatsappUserId) -> Self {
        id.0
    }
}

impl JsonSchema for WhatsappUserId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WhatsappUserId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([1-9][0-9]{6,14}|[A-Z]{2}\\.(ENT\\.)?[A-Za-z0-9]{1,128})$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_has_one_form_of_each_kind() {
        for (text, normal) in [
            ("573001234567", "573001234567"),
            (" +573001234567 ", "573001234567"),
            ("5215512345678", "5215512345678"),
            ("US.13491208655302741918", "US.13491208655302741918"),
            ("us.AbC123", "US.AbC123"),
            ("US.ENT.11815799212886844830", "US.ENT.11815799212886844830"),
        ] {
            assert_eq!(text.parse::<WhatsappUserId>().expect(text).as_str(), normal);
        }
    }

    #[test]
    fn what_whatsapp_does_not_give_out_is_refused() {
        let long = format!("US.{}", "1".repeat(129));
        for text in [
            "",
            "57 300",
            "0573001234567",
            "123",
            "1234567890123456",
            "ada",
            "U.123",
            "USA.123",
            "US.",
            "US.ENT.",
            "US.1-2",
            &long,
        ] {
            assert!(text.parse::<WhatsappUserId>().is_err(), "{text}");
        }
    }
}
