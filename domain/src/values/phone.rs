//! Phone numbers in E.164: `+573001234567`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An ISO 3166-1 alpha-2 country code that numbers can be dialled in, for example `CO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(phonenumber::country::Id);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a country; it should be an ISO 3166-1 code of two letters, like \"US\" or \"CO\"")]
pub struct UnknownCountry(String);

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        let two_capitals = text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase());
        two_capitals
            .then(|| text.parse().ok())
            .flatten()
            .map(Self)
            .ok_or_else(|| UnknownCountry(text.chars().take(32).collect()))
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(text: String) -> Result<Self, UnknownCountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

impl JsonSchema for Country {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Country".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z]{2}$" })
    }
}

/// A phone number in E.164.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a phone number; it should be in international form, like \"+573001234567\"")]
pub struct BadPhoneNumber;

/// What networks send instead of a number that is withheld: words on a telephone's keys.
const WITHHELD: [&str; 5] = [
    "+266696687",   // ANONYMOUS
    "+7378742833",  // RESTRICTED
    "+2562533",     // BLOCKED
    "+8656696",     // UNKNOWN
    "+86282452253", // UNAVAILABLE
];

impl PhoneNumber {
    /// The number of a caller as the network says it; `None` if it says none, or that it is withheld. All who
    /// withhold theirs have the same number then, and must not be taken for one person.
    pub fn of_caller(text: &str) -> Option<Self> {
        Self::parse(text, None).ok().filter(|number| !WITHHELD.contains(&number.as_str()))
    }

    /// Reads a number as somebody says or writes it. Without a leading `+` it is dialled from the given
    /// country.
    pub fn parse(text: &str, dialled_from: Option<Country>) -> Result<Self, BadPhoneNumber> {
        if text.len() > 64 {
            return Err(BadPhoneNumber);
        }
        let number =
            phonenumber::parse(dialled_from.map(|country| country.0), text).map_err(|_| BadPhoneNumber)?;
        let e164 = number.format().mode(phonenumber::Mode::E164).to_string();
        // Not `is_valid`: numbering plans change faster than any table, and the network says what a caller's
        // number is.
        let digits = e164.len() - 1;
        if (7..=15).contains(&digits) && number.national().value() != 0 {
            Ok(Self(e164))
        } else {
            Err(BadPhoneNumber)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the calling code of a country. Countries may share a code. No code is a prefix of
    /// another.
    pub fn may_be_of(&self, country: Country) -> bool {
        let country = phonenumber::metadata::DATABASE.by_id(country.0.as_ref());
        country.is_none_or(|country| self.0[1..].starts_with(&country.country_code().to_string()))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadPhoneNumber;

    fn try_from(text: String) -> Result<Self, BadPhoneNumber> {
        Self::parse(&text, None)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl JsonSchema for PhoneNumber {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PhoneNumber".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_has_one_form_however_it_is_written() {
        let colombia = "CO".parse().expect("a country");
        for text in ["+573001234567", "+57 300 123 4567", "300 123 4567", "(300) 123-4567"] {
            assert_eq!(PhoneNumber::parse(text, Some(colombia)).expect(text).as_str(), "+573001234567");
        }
    }

    #[test]
    fn a_withheld_number_is_nobodys() {
        for text in ["+266696687", "266696687", "+7378742833", "anonymous", "", "Restricted"] {
            assert_eq!(PhoneNumber::of_caller(text), None, "{text}");
        }
        assert!(PhoneNumber::of_caller("+573001234567").is_some());
    }

    #[test]
    fn a_number_tells_the_countries_it_may_be_of() {
        let country = |code: &str| code.parse().expect("a country");
        let of = |number: &str, code: &str| {
            PhoneNumber::parse(number, None).expect(number).may_be_of(country(code))
        };
        assert!(of("+573001234567", "CO") && of("+12125550123", "US") && of("+12125550123", "CA"));
        assert!(!of("+573001234567", "US") && !of("+12125550123", "CO") && !of("+5930991234567", "CO"));
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for text in ["", "anonymous", "3001234567", "+1", "+5730012345678901234", &"1".repeat(100)] {
            assert!(PhoneNumber::parse(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn countries_are_two_capital_letters() {
        assert!("DE".parse::<Country>().is_ok());
        for text in ["de", "DEU", "", "X!", "ZZ"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
    }
}
