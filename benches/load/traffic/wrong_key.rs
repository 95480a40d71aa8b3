//! A well-formed key that was never issued.

/// Prefix, 32 base62 characters, and six of CRC-32 over all before, so that a server that verifies the checksum first
/// cannot distinguish it from a real key.
pub fn wrong_key(prefix: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = format!("{prefix}ThisKeyWasNeverIssuedToAnyone000");
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut checksum = [b'0'; 6];
    for digit in checksum.iter_mut().rev() {
        *digit = DIGITS[rest % 62];
        rest /= 62;
    }
    body + &String::from_utf8_lossy(&checksum)
}
