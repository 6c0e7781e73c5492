//! The codings that replies are compressed with (RFC 9110, section 8.4).

use std::io::Write;

use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{HeaderMap, header};

const BROTLI_BUFFER_BYTES: usize = 4_096;
/// The window, as a power of two, is as large as the text, within these.
const BROTLI_WINDOW_BITS: (u32, u32) = (10, 22);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Brotli,
    Gzip,
}

/// How much work a compression is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For what is sent once.
    Little,
    /// For what is sent again and again.
    Much,
}

impl Coding {
    /// The better one first.
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The best coding that a client takes, unless it would rather have none.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT_ENCODING).into_iter();
        let weights: Vec<(&str, f32)> = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(weighted)
            .collect();
        let explicit = |name: &str| {
            let found = weights.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(name));
            found.map(|(_, weight)| *weight)
        };
        let (any, none) = (explicit("*").unwrap_or_default(), explicit("identity").unwrap_or_default());
        let weight = |coding: &Self| explicit(coding.name()).unwrap_or(any);
        // Of equal ones the last is the greatest.
        let best = Self::ALL.into_iter().rev().max_by(|a, b| weight(a).total_cmp(&weight(b)))?;
        (weight(&best) > 0.0 && weight(&best) >= none).then_some(best)
    }

    /// `None` if it cannot be compressed; writing to memory does not fail.
    pub fn compress(self, bytes: &[u8], effort: Effort) -> Option<Vec<u8>> {
        match self {
            Self::Brotli => {
                let quality = if effort == Effort::Much { 9 } else { 4 };
                let (least, most) = BROTLI_WINDOW_BITS;
                let window = bytes.len().checked_ilog2().map_or(least, |bits| (bits + 1).clamp(least, most));
                let mut writer = CompressorWriter::new(Vec::new(), BROTLI_BUFFER_BYTES, quality, window);
                writer.write_all(bytes).ok()?;
                Some(writer.into_inner())
            }
            Self::Gzip => {
                let level = if effort == Effort::Much { Compression::best() } else { Compression::new(5) };
                let mut writer = GzEncoder::new(Vec::new(), level);
                writer.write_all(bytes).ok()?;
                writer.finish().ok()
            }
        }
    }
}

/// A coding and its weight, as in `gzip;q=0.5`. A weight that is none counts as 0.
fn weighted(part: &str) -> (&str, f32) {
    let (coding, parameters) = part.split_once(';').unwrap_or((part, ""));
    let weight = parameters.trim().strip_prefix("q=").or_else(|| parameters.trim().strip_prefix("Q="));
    let weight = match (parameters.trim(), weight) {
        ("", _) => 1.0,
        (_, Some(weight)) => {
            weight.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0)
        }
        (_, None) => 0.0,
    };
    (coding.trim(), weight)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use poem::http::HeaderValue;

    use super::*;

    #[test]
    fn a_client_gets_the_best_coding_that_it_takes_and_none_that_it_refuses() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("gzip", Some(Coding::Gzip)),
            ("GZIP;q=0.5", Some(Coding::Gzip)),
            ("gzip;q=1.0, br;q=0.3", Some(Coding::Gzip)),
            ("br;q=0, gzip;q=0", None),
            ("br;q=0, *", Some(Coding::Gzip)),
            ("*", Some(Coding::Brotli)),
            ("*;q=0", None),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip", Some(Coding::Gzip)),
            ("gzip;q=NaN, br;q=9", None),
            ("deflate, zstd", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(Coding::accepted(&headers), expected, "{accepted}");
        }
        assert_eq!(Coding::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_compressed_is_the_same_when_it_is_unpacked() {
        let text = "nine o'clock, ten o'clock, ".repeat(1_000);
        for effort in [Effort::Little, Effort::Much] {
            for coding in Coding::ALL {
                let packed = coding.compress(text.as_bytes(), effort).expect("compressed");
                assert!(packed.len() < 1_000, "{coding:?}: {} bytes", packed.len());
                let mut unpacked = String::new();
                match coding {
                    Coding::Brotli => {
                        brotli::Decompressor::new(packed.as_slice(), 4_096).read_to_string(&mut unpacked)
                    }
                    Coding::Gzip => {
                        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut unpacked)
                    }
                }
                .expect("a text");
                assert_eq!(unpacked, text);
            }
        }
    }
}
