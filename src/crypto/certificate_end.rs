//! When a certificate ends.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;
use claviger_contract::Timestamp;

/// As [`certificate_not_after`], of a certificate in base64.
pub fn encoded_certificate_not_after(certificate: &str) -> Option<Timestamp> {
    certificate_not_after(&STANDARD.decode(certificate).ok()?)
}

/// The last second of the validity of a certificate in DER (RFC 5280 §4.1.2.5).
pub fn certificate_not_after(certificate: &[u8]) -> Option<Timestamp> {
    let parts = |der: &[u8]| {
        yasna::parse_der(der, |reader| reader.collect_sequence_of(|reader| reader.read_der())).ok()
    };
    let fields = parts(parts(certificate)?.first()?)?;
    // The version has a tag of its own, and is absent in version 1.
    let before = if fields.first()?.first() == Some(&0xa0) { 4 } else { 3 };
    let end = parts(fields.get(before)?)?.pop()?;
    let digits = std::str::from_utf8(end.get(2..)?).ok()?.strip_suffix('Z')?;
    let digits = match end.first()? {
        // UTCTime, with two digits for the years from 1950 to 2049.
        0x17 if digits < "50" => format!("20{digits}"),
        0x17 => format!("19{digits}"),
        _ => digits.to_owned(),
    };
    let time = NaiveDateTime::parse_from_str(&digits, "%Y%m%d%H%M%S").ok()?;
    Some(Timestamp::from_epoch_seconds(time.and_utc().timestamp()))
}
