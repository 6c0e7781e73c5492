//! What numbering plans say: how long numbers are, and which are no person's.

use std::collections::BTreeSet;

use phonenumber::PhoneNumber as Number;
use phonenumber::metadata::{DATABASE, Descriptor, Descriptors};

type Kind = fn(&Descriptors) -> Option<&Descriptor>;

/// How much of a text a number takes at most, however it is written.
pub const WRITTEN_BYTES_MAX: usize = 64;

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
    let (code, national) = (number.code().value(), number.national().to_string());
    let lengths = lengths(code);
    lengths.contains(&national.len()) && !is_slip(code, &national, &lengths)
}

fn lengths(code: u16) -> BTreeSet<usize> {
    let plans = DATABASE.by_code(&code).unwrap_or_default();
    let kinds = plans.iter().flat_map(|plan| SUBSCRIBERS.map(|kind| kind(plan.descriptors()))).flatten();
    kinds.flat_map(Descriptor::possible_length).map(|length| usize::from(*length)).collect()
}

/// Whether it becomes a number of the plan with a digit or two more, or with one fewer. Where numbers of
/// several lengths are in use, such a number is a slip, and no new range.
fn is_slip(code: u16, national: &str, lengths: &BTreeSet<usize>) -> bool {
    let is_known = |national: &str| {
        lengths.contains(&national.len())
            && phonenumber::parse(None, format!("+{code}{national}")).is_ok_and(|number| number.is_valid())
    };
    let with_more =
        |digit| is_known(&format!("{national}{digit}")) || is_known(&format!("{national}{digit}{digit}"));
    let with_fewer = || national.get(..national.len().saturating_sub(1)).is_some_and(is_known);
    (0..10).any(with_more) || with_fewer()
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
