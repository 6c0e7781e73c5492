//! What numbering plans say: how long numbers are, and which are no person's.

use phonenumber::PhoneNumber as Number;
use phonenumber::metadata::{DATABASE, Descriptors};

type Kind = fn(&Descriptors) -> Option<&phonenumber::metadata::Descriptor>;

/// The kinds of numbers that people have.
const SUBSCRIBERS: [Kind; 4] =
    [Descriptors::fixed_line, Descriptors::mobile, Descriptors::voip, Descriptors::personal_number];

/// The kinds of numbers that services have, and nobody calls from.
const SERVICES: [Kind; 6] = [
    Descriptors::toll_free,
    Descriptors::premium_rate,
    Descriptors::shared_cost,
    Descriptors::uan,
    Descriptors::voicemail,
    Descriptors::pager,
];

/// Whether a number that no plan knows is as long as those of subscribers of its country.
pub fn has_its_length(number: &Number) -> bool {
    let national = number.national().to_string();
    let plans = DATABASE.by_code(&number.code().value()).unwrap_or_default();
    let mut kinds = plans.iter().flat_map(|plan| SUBSCRIBERS.map(|kind| kind(plan.descriptors()))).flatten();
    let has_length =
        kinds.any(|kind| kind.possible_length().iter().any(|length| usize::from(*length) == national.len()));
    has_length && !is_cut(number.code().value(), &national)
}

/// Whether it becomes a number of the plan with a digit or two more, or with one fewer. Where numbers of
/// several lengths are in use, such a number is a slip, and no new range.
fn is_cut(code: u16, national: &str) -> bool {
    let is_known = |national: &str| {
        phonenumber::parse(None, format!("+{code}{national}")).is_ok_and(|number| number.is_valid())
    };
    let longer = (0..10).any(|digit| {
        is_known(&format!("{national}{digit}")) || is_known(&format!("{national}{digit}{digit}"))
    });
    longer || national.char_indices().last().is_some_and(|(last, _)| is_known(&national[..last]))
}

/// Whether it is a service's: toll-free, premium rate, an organisation's, a mailbox.
pub fn is_service(number: &Number) -> bool {
    let national = number.national().to_string();
    let Some(plan) = number.metadata(&DATABASE) else { return false };
    let is_of = |kind: &Kind| kind(plan.descriptors()).is_some_and(|kind| kind.is_match(&national));
    SERVICES.iter().any(is_of) && !SUBSCRIBERS.iter().any(is_of)
}

/// Whether it is one digit again and again, as stands where a number is missing.
pub fn is_filler(number: &Number) -> bool {
    let national = number.national().to_string();
    let mut digits = national.bytes();
    digits.next().is_none_or(|first| digits.all(|digit| digit == first))
}
