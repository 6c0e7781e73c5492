//! Phone numbers in E.164: `+573001234567`.
//!
//! Numbers come from people, who say them as they dial them, and from networks, which say who calls. What
//! networks send is taken apart in `caller_id`; how long numbers are, and which are no person's, is in
//! `plan`; countries that have changed their numbers are in `renumbering`.

mod caller_id;
mod plan;
mod renumbering;

use std::fmt;
use std::str::FromStr;

use phonenumber::PhoneNumber as Number;
use phonenumber::country;
use phonenumber::metadata::DATABASE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::caller_id::CallerId;

/// An ISO 3166-1 alpha-2 country code that numbers can be dialled in, for example `CO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(country::Id);

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
///
/// Equal numbers are one subscriber. A subscriber may be known under older numbers, too: see
/// [`PhoneNumber::forms`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPhoneNumber {
    #[error("this is not a phone number; it should be in international form, like \"+573001234567\"")]
    NotANumber,
    /// An extension stands for one of several people behind a number. E.164 has no place for it, and without
    /// it all of them would be one person.
    #[error(
        "a number with an extension cannot be kept; it should be a direct number, like \"+573001234567\""
    )]
    Extension,
}

impl PhoneNumber {
    /// The number of a caller as the network says it; `None` if it names no subscriber.
    ///
    /// Who withholds theirs, or calls from a line of the network, would otherwise be one person with all who
    /// do the same.
    pub fn of_caller(text: &str, dialled_from: Option<Country>) -> Option<Self> {
        let caller = CallerId::parse(text)?;
        let dialled_from = with_plan(dialled_from);
        let mut readings = readings(&caller.number, dialled_from).ok()?;
        if !caller.number.starts_with('+') {
            // Networks leave out the plus.
            readings.extend(international(&caller.number));
        }
        let number = best(readings)?;
        (!plan::is_service(&number) && !plan::is_filler(&number)).then(|| Self(e164(&number)))
    }

    /// Reads a number as somebody says or writes it. Without an international prefix it is dialled from the
    /// given country.
    ///
    /// A number that no numbering plan knows is taken as long as its length is that of its country's: plans
    /// change faster than any table of them.
    pub fn parse(text: &str, dialled_from: Option<Country>) -> Result<Self, BadPhoneNumber> {
        if text.len() > plan::WRITTEN_BYTES_MAX {
            return Err(BadPhoneNumber::NotANumber);
        }
        let number = best(readings(text, with_plan(dialled_from))?);
        number.map(|number| Self(e164(&number))).ok_or(BadPhoneNumber::NotANumber)
    }

    /// Whether it can be somebody's own: not a toll-free or premium rate number, nor one digit again and again.
    pub fn is_subscribers(&self) -> bool {
        phonenumber::parse(None, &self.0)
            .is_ok_and(|number| !plan::is_service(&number) && !plan::is_filler(&number))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The forms under which this subscriber may have been recorded, this one first.
    pub fn forms(&self) -> Vec<Self> {
        let mut forms = vec![self.clone()];
        for form in renumbering::forms(&self.0).into_iter().map(Self) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        forms
    }

    pub fn is_same_subscriber(&self, other: &Self) -> bool {
        self.forms().contains(other)
    }

    /// Whether it has the calling code of a country. Countries may share a code. No code is a prefix of
    /// another.
    pub fn may_be_of(&self, country: Country) -> bool {
        let country = DATABASE.by_id(country.0.as_ref());
        country.is_none_or(|country| self.0[1..].starts_with(&country.country_code().to_string()))
    }
}

/// A country, if it has a numbering plan: uninhabited ones have none.
fn with_plan(country: Option<Country>) -> Option<country::Id> {
    country.map(|country| country.0).filter(|id| DATABASE.by_id(id.as_ref()).is_some())
}

/// The numbers that a text may stand for, the likeliest first.
fn readings(text: &str, dialled_from: Option<country::Id>) -> Result<Vec<Number>, BadPhoneNumber> {
    let is_start = |letter: char| letter.is_numeric() || matches!(letter, '+' | '＋');
    let text = text.find(is_start).map_or("", |start| &text[start..]);
    let is_international = text.starts_with(['+', '＋']);
    let after_plus = text.trim_start_matches(['+', '＋', ' ', '(']);
    let readings = match after_plus.strip_prefix("00") {
        // Before the country's own prefix: Colombia's are 00 with the number of a carrier.
        Some(rest) => vec![international(rest), national(text, dialled_from)],
        None if is_international => vec![international(after_plus)],
        None => vec![
            national(text, dialled_from),
            // The trunk prefix, where a plan does not have it alone.
            text.strip_prefix('0').and_then(|rest| national(rest, dialled_from)),
            text.strip_prefix("011").and_then(international),
        ],
    };
    let readings: Vec<Number> = readings.into_iter().flatten().collect();
    match readings.iter().any(|number| number.extension().is_some()) {
        true => Err(BadPhoneNumber::Extension),
        false => Ok(readings),
    }
}

fn international(text: &str) -> Option<Number> {
    national(&format!("+{text}"), None)
}

/// Reads a number as the plan of a country has it, in today's form.
fn national(text: &str, dialled_from: Option<country::Id>) -> Option<Number> {
    let number = phonenumber::parse(dialled_from, text).ok()?;
    match renumbering::current(&e164(&number)) {
        Some(current) if number.extension().is_none() => phonenumber::parse(None, current).ok(),
        _ => Some(number),
    }
}

/// The first that a plan knows, else the first that is as long as a number of its country.
fn best(readings: Vec<Number>) -> Option<Number> {
    let is_e164 = |number: &Number| is_e164(&e164(number)) && number.national().value() != 0;
    let mut readings: Vec<Number> = readings.into_iter().filter(is_e164).collect();
    let known = readings.iter().position(Number::is_valid);
    let best = known.or_else(|| readings.iter().position(plan::has_its_length))?;
    Some(readings.swap_remove(best))
}

fn e164(number: &Number) -> String {
    number.format().mode(phonenumber::Mode::E164).to_string()
}

fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadPhoneNumber;

    /// As it was recorded: what has been read once is never read anew.
    fn try_from(text: String) -> Result<Self, BadPhoneNumber> {
        if is_e164(&text) { Ok(Self(text)) } else { Err(BadPhoneNumber::NotANumber) }
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

    fn country(code: &str) -> Option<Country> {
        Some(code.parse().expect("a country"))
    }

    fn parsed(text: &str, code: &str) -> Option<String> {
        PhoneNumber::parse(text, country(code)).ok().map(String::from)
    }

    fn caller(text: &str, code: &str) -> Option<String> {
        PhoneNumber::of_caller(text, country(code)).map(String::from)
    }

    #[test]
    fn international_prefixes_are_understood() {
        for text in [
            "0057 300 111 2233",
            "00573001112233",
            "+0057 300 111 2233",
            "011 57 300 111 2233",
            "(+57) 300-1112233",
        ] {
            for code in ["CO", "US", "ES"] {
                assert_eq!(parsed(text, code).as_deref(), Some("+573001112233"), "{text} in {code}");
            }
        }
        // With the number of a carrier, and with a trunk prefix.
        for text in ["005 57 300 111 2233", "03 300 111 2233", "0 300 111 2233", "57 300 111 2233"] {
            assert_eq!(parsed(text, "CO").as_deref(), Some("+573001112233"), "{text}");
        }
        assert_eq!(parsed("+44 (0)20 7946 0958", "CO").as_deref(), Some("+442079460958"));
        assert_eq!(parsed("011 4567 8901", "AR").as_deref(), Some("+541145678901"));
    }

    #[test]
    fn a_number_that_lacks_a_digit_or_has_one_too_many_is_refused() {
        for (text, code) in [
            ("300111223", "CO"),
            ("30011122", "CO"),
            ("30011122333", "CO"),
            ("+57 300 111 223", "US"),
            ("650 253 000", "US"),
            ("650 253 00001", "US"),
            ("07911 12345", "GB"),
            ("612 34 56 7", "ES"),
            ("55 1234 567", "MX"),
            ("11 2345 678", "AR"),
        ] {
            assert_eq!(parsed(text, code), None, "{text} in {code}");
        }
    }

    #[test]
    fn a_number_of_a_range_that_no_plan_knows_yet_is_taken() {
        for (text, code, number) in
            [("399 111 2233", "CO", "+573991112233"), ("(999) 253-0000", "US", "+19992530000")]
        {
            assert_eq!(parsed(text, code).as_deref(), Some(number));
        }
    }

    #[test]
    fn an_extension_is_refused_by_name() {
        for text in
            ["+1 650 253 0000 ext 136", "+1 650 253 0000 ext. 200", "650 253 0000 x136", "6502530000 #136"]
        {
            assert_eq!(PhoneNumber::parse(text, country("US")), Err(BadPhoneNumber::Extension), "{text}");
        }
        assert_eq!(
            PhoneNumber::parse("601 765 4321 extensión 12", country("CO")),
            Err(BadPhoneNumber::Extension)
        );
    }

    #[test]
    fn old_and_new_forms_of_a_number_are_read_as_one() {
        for (forms, code, number) in [
            (
                &["+5215512345678", "+525512345678", "55 1234 5678", "044 55 1234 5678", "01 55 1234 5678"][..],
                "MX",
                "+525512345678",
            ),
            (
                &["+55 11 8765-4321", "+5511987654321", "(11) 98765-4321", "011 98765 4321"][..],
                "BR",
                "+5511987654321",
            ),
            (&["+5491123456789", "+54 11 15 2345 6789", "011 15-2345-6789"][..], "AR", "+5491123456789"),
            (&["+22997123456", "+2290197123456"][..], "BJ", "+2290197123456"),
        ] {
            for form in forms {
                assert_eq!(parsed(form, code).as_deref(), Some(number), "{form}");
            }
        }
        // A line of a house has no ninth digit.
        assert_eq!(parsed("+55 11 3456-7890", "BR").as_deref(), Some("+551134567890"));
    }

    #[test]
    fn a_recorded_number_stays_as_it_was_and_is_known_as_its_subscribers() {
        for (old, new) in [
            ("+5215512345678", "+525512345678"),
            ("+551187654321", "+5511987654321"),
            ("+541123456789", "+5491123456789"),
            ("+22997123456", "+2290197123456"),
        ] {
            let recorded: PhoneNumber = serde_json::from_value(old.into()).expect("a recorded number");
            assert_eq!(recorded.as_str(), old);
            let now = PhoneNumber::parse(new, None).expect(new);
            assert!(now.is_same_subscriber(&recorded) && recorded.is_same_subscriber(&now), "{old}");
            assert_eq!(recorded.forms()[0], recorded);
        }
        let alone = PhoneNumber::parse("+573001112233", None).expect("a number");
        assert_eq!(alone.forms(), std::slice::from_ref(&alone));
        assert!(serde_json::from_value::<PhoneNumber>("3001112233".into()).is_err());
    }

    #[test]
    fn a_caller_is_known_however_the_network_writes_the_number() {
        for text in [
            "+573001112233",
            "573001112233",
            "3001112233",
            "0057 3001112233",
            "sip:+573001112233@carrier.example",
            "sip:+573001112233@carrier.example;user=phone",
            "sips:3001112233@10.0.0.1:5061",
            "sip:%2B573001112233@carrier.example",
            "tel:+57-300-1112233",
            "tel:3001112233;phone-context=+57",
            "tel:300-111-2233;phone-context=carrier.example",
            "sip:3001112233;phone-context=+57@carrier.example",
            "\"Ada\" <sip:+573001112233@carrier.example>;tag=1",
            "whatsapp:+573001112233",
        ] {
            assert_eq!(caller(text, "CO").as_deref(), Some("+573001112233"), "{text}");
        }
        assert_eq!(caller("525512345678", "US").as_deref(), Some("+525512345678"));
        assert_eq!(caller("16502530000", "CO").as_deref(), Some("+16502530000"));
        assert_eq!(caller("6502530000", "US").as_deref(), Some("+16502530000"));
        assert_eq!(caller("whatsapp:+5215512345678", "CO").as_deref(), Some("+525512345678"));
    }

    #[test]
    fn a_withheld_number_is_nobodys() {
        for text in [
            "+266696687",
            "266696687",
            "+1266696687",
            "00266696687",
            "+7378742833",
            "+2562533",
            "+8656696",
            "+86282452253",
            "+7748283",
            "sip:+266696687@carrier.example",
            "anonymous",
            "Restricted",
            "UNKNOWN",
            "No Caller ID",
            "private number",
            "",
            " ",
            "+",
            "sip:anonymous@anonymous.invalid",
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
            "tel:;phone-context=+57",
        ] {
            for code in ["CO", "US", "DE"] {
                assert_eq!(caller(text, code), None, "{text} in {code}");
            }
        }
    }

    #[test]
    fn what_is_no_subscribers_number_is_nobodys() {
        for (text, code) in [
            ("72345", "US"),
            ("+18002530000", "US"),
            ("8002530000", "US"),
            ("+19002530000", "US"),
            ("+5718001234567", "CO"),
            ("+448001111111", "GB"),
            ("sip:1001@pbx.example", "CO"),
            ("+0000000000", "CO"),
            ("9999999999", "US"),
            ("+57300111223", "CO"),
            ("+573001112233445566", "CO"),
            ("tel:+16502530000;ext=136", "US"),
            ("flowers 1-800", "US"),
        ] {
            assert_eq!(caller(text, code), None, "{text} in {code}");
        }
    }

    #[test]
    fn a_country_without_a_numbering_plan_reads_international_numbers() {
        for code in ["AQ", "BV", "UM"] {
            let Ok(country) = code.parse() else { continue };
            assert!(PhoneNumber::parse("3001112233", Some(country)).is_err());
            assert!(PhoneNumber::parse("+573001112233", Some(country)).is_ok());
        }
    }

    const CODES: [&str; 12] = ["CO", "US", "MX", "AR", "BR", "GB", "DE", "IT", "JP", "AG", "SM", "AQ"];

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_read_again_alike(
            text in "(sip:|tel:|<|\\+|00|011|0)?[0-9 ()x;=@.*#+-]{0,24}",
            code in proptest::sample::select(CODES.to_vec()),
        ) {
            let country = code.parse().ok();
            let read = [PhoneNumber::of_caller(&text, country), PhoneNumber::parse(&text, country).ok()];
            for number in read.into_iter().flatten() {
                proptest::prop_assert_eq!(PhoneNumber::parse(number.as_str(), country), Ok(number.clone()));
                proptest::prop_assert_eq!(PhoneNumber::try_from(String::from(number.clone())), Ok(number));
            }
        }
    }

    #[test]
    fn a_number_tells_the_countries_it_may_be_of() {
        let of = |number: &str, code: &str| {
            PhoneNumber::parse(number, None).expect(number).may_be_of(code.parse().expect("a country"))
        };
        assert!(of("+573001234567", "CO") && of("+12125550123", "US") && of("+12125550123", "CA"));
        assert!(!of("+573001234567", "US") && !of("+12125550123", "CO") && !of("+593991234567", "CO"));
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
