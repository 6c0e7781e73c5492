//! Who calls, as networks and platforms write it: a number, or a SIP or tel URI with one.

use super::plan::WRITTEN_BYTES_MAX;

/// What networks send instead of a number that is withheld: words on a telephone's keys.
const WITHHELD: [&str; 7] = [
    "266696687",   // ANONYMOUS
    "7378742833",  // RESTRICTED
    "2562533",     // BLOCKED
    "8656696",     // UNKNOWN
    "86282452253", // UNAVAILABLE
    "7748283",     // PRIVATE
    "94844353",    // WITHHELD
];
const CALLER_ID_BYTES_MAX: usize = 512;

/// A number that may be a caller's.
pub struct CallerId {
    pub number: String,
}

impl CallerId {
    /// `None` if no number is said, or that it is withheld.
    pub fn parse(text: &str) -> Option<Self> {
        let text = Some(text).filter(|text| text.len() <= CALLER_ID_BYTES_MAX)?;
        let uri = text.split_once('<').map_or(text, |(_, rest)| rest.split('>').next().unwrap_or_default());
        let (user, parameters) = user_and_parameters(uri);
        let context = parameters.clone().find_map(|parameter| parameter.strip_prefix("phone-context="));
        let has_extension = parameters.into_iter().any(|parameter| parameter.starts_with("ext="));
        let number = user.trim().replace("%2B", "+").replace("%2b", "+");
        // A name, `anonymous`, or a number with an extension.
        let is_number = number.len() <= WRITTEN_BYTES_MAX && !number.chars().any(char::is_alphabetic);
        if has_extension || !is_number || is_withheld(&number) {
            return None;
        }
        let code = context.filter(|context| context.starts_with('+') && !number.starts_with('+'));
        Some(Self { number: format!("{}{number}", code.unwrap_or_default()) })
    }
}

/// `300-111-2233` and `phone-context=+57` of `sip:300-111-2233;phone-context=+57@host` and of the same as a
/// tel URI (RFC 3261, section 19.1.6, and RFC 3966).
fn user_and_parameters(uri: &str) -> (&str, impl Iterator<Item = &str> + Clone) {
    let is_scheme = |scheme: &str| scheme.chars().all(|letter| letter.is_ascii_alphabetic());
    let rest =
        uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme.trim())).map_or(uri, |(_, rest)| rest);
    let user = rest.split('@').next().unwrap_or_default();
    let mut parts = user.split(';');
    // After a colon stands a password.
    let number = parts.next().unwrap_or_default().split(':').next().unwrap_or_default();
    (number, parts)
}

/// With or without plus, zeros of a prefix, and North America's code.
fn is_withheld(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let without_code = digits.strip_prefix("11").or_else(|| digits.strip_prefix('1')).unwrap_or(digits);
    WITHHELD.contains(&digits) || WITHHELD.contains(&without_code)
}
