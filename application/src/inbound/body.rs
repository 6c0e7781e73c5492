//! The body of a webhook as it is kept: compressed. The log encrypts it.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// What a body may expand to.
const BODY_BYTES_MAX: u64 = 64 << 20;

pub fn compress(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(content);
    encoder.finish().unwrap_or_default()
}

pub fn expand(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    DeflateDecoder::new(body).take(BODY_BYTES_MAX).read_to_end(&mut content)?;
    Ok(content)
}
