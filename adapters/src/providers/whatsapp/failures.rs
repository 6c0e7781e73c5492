//! What WhatsApp's error codes mean
//! (<https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>).
//!
//! The code decides: the HTTP status of one error differs from time to time.

use frontdesk_domain::conversations::outbound_message::{Failure, FailureKind};
use frontdesk_domain::values::code::Code;

/// Throttling: of the account, of the number, or of the pair of sender and addressee.
const RATE_LIMITED: [i64; 7] = [4, 80_007, 130_429, 131_048, 131_056, 131_064, 133_016];
const UNAVAILABLE: [i64; 5] = [2, 131_000, 131_016, 131_053, 131_057];
/// The token, the rights or the account of the business.
const UNAUTHORIZED: [i64; 13] =
    [0, 3, 10, 190, 368, 130_497, 131_005, 131_030, 131_031, 131_037, 131_042, 131_045, 133_010];
/// The addressee cannot be reached, or not by us.
const NOT_FOUND: [i64; 2] = [131_026, 131_062];

pub fn failure(code: i64) -> Failure {
    let kind = match code {
        131_047 => FailureKind::WindowClosed,
        131_050 => FailureKind::OptedOut,
        200..=299 => FailureKind::Unauthorized,
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
            (131_047, FailureKind::WindowClosed),
            (131_050, FailureKind::OptedOut),
            (130_429, FailureKind::RateLimited),
            (131_000, FailureKind::Unavailable),
            (190, FailureKind::Unauthorized),
            (230, FailureKind::Unauthorized),
            (131_026, FailureKind::NotFound),
            (132_001, FailureKind::Rejected),
            (-1, FailureKind::Rejected),
        ] {
            assert_eq!(failure(code), Failure { kind, code: Some(Code::of(&code.to_string())) }, "{code}");
        }
    }
}
