//! Reads a body within its limit, compressed or not.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::outbound::message::MAX_BODY_BYTES;

/// `None` if it is too large, damaged, or in an unknown encoding.
pub fn read_body(encoding: Option<&str>, body: impl Read) -> Option<Result<Vec<u8>, std::io::Error>> {
    match encoding.map(str::trim).map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "identity") => limited(body),
        // What is compressed cannot be larger than what comes out, apart from a few bytes.
        Some("gzip" | "x-gzip") => limited(MultiGzDecoder::new(body)),
        Some("deflate") => limited(ZlibDecoder::new(body)),
        Some(_) => None,
    }
}

fn limited(reader: impl Read) -> Option<Result<Vec<u8>, std::io::Error>> {
    let mut body = Vec::new();
    let most = u64::try_from(MAX_BODY_BYTES).unwrap_or(u64::MAX);
    match reader.take(most + 1).read_to_end(&mut body) {
        Ok(_) if body.len() > MAX_BODY_BYTES => None,
        Ok(_) => Some(Ok(body)),
        Err(error) => Some(Err(error)),
    }
}
