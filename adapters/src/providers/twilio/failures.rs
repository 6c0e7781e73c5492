//! What Twilio's error codes mean (<https://www.twilio.com/docs/api/errors>).

use frontdesk_domain::conversations::outbound_message::{Failure, FailureKind};
use frontdesk_domain::values::code::Code;

/// Too many requests, or too many messages of one sender.
const RATE_LIMITED: [u32; 7] = [14_107, 20_429, 21_611, 30_001, 30_022, 30_023, 63_018];
/// Their side, or a handset that may be in reach later.
const UNAVAILABLE: [u32; 5] = [20_500, 20_503, 30_003, 30_008, 30_017];
/// The account, or a sender that is not its own or not registered.
const UNAUTHORIZED: [u32; 9] = [20_003, 20_005, 21_606, 21_607, 21_608, 21_660, 30_002, 30_034, 63_007];
/// Nobody can be reached there by this means.
const NOT_FOUND: [u32; 8] = [21_211, 21_214, 21_217, 21_408, 21_612, 21_614, 30_005, 30_006];

pub fn failure(code: u32) -> Failure {
    let kind = match code {
        21_610 => FailureKind::OptedOut,
        30_036 => FailureKind::Expired,
        63_016 => FailureKind::WindowClosed,
        code if RATE_LIMITED.contains(&code) => FailureKind::RateLimited,
        code if UNAVAILABLE.contains(&code) => FailureKind::Unavailable,
        code if UNAUTHORIZED.contains(&code) => FailureKind::Unauthorized,
        code if NOT_FOUND.contains(&code) => FailureKind::NotFound,
        _ => FailureKind::Rejected,
    };
    Failure { kind, code: Some(Code::of(&code.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_decides() {
        for (code, kind) in [
            (21_610, FailureKind::OptedOut),
            (63_016, FailureKind::WindowClosed),
            (20_429, FailureKind::RateLimited),
            (30_003, FailureKind::Unavailable),
            (21_606, FailureKind::Unauthorized),
            (30_005, FailureKind::NotFound),
            (30_007, FailureKind::Rejected),
            (99_999, FailureKind::Rejected),
        ] {
            assert_eq!(failure(code), Failure { kind, code: Some(Code::of(&code.to_string())) }, "{code}");
        }
    }
}
