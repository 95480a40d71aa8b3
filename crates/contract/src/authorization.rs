//! The `Authorization` header (RFC 9110 §11.4), read the same way at every endpoint.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Accepts base64 with and without padding, as clients send both.
const ENCODING: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Not yet verified. No `Debug`: it holds a secret.
pub enum Authorization<'a> {
    /// As sent.
    Bearer(&'a str),
    /// Decoded: user name, colon and password, or a text without a colon.
    Basic(String),
    /// An unsupported scheme.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    #[error("the request presents two different credentials: send one")]
    TwoCredentials,
    #[error("{0} is sent twice: send it once")]
    Repeated(&'static str),
    #[error(
        "the credential cannot be read: send `Authorization: Bearer TOKEN`, `OSF-TOKEN: TOKEN`, or Basic with the token as the password"
    )]
    Malformed,
}

impl<'a> Authorization<'a> {
    /// `None` if there is no such header. The scheme ends with one or more spaces, and its case does not matter.
    pub fn find(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<Self>, Unclear> {
        let Some(value) = only(values, "Authorization")? else { return Ok(None) };
        let (scheme, credential) = value.split_once(' ').ok_or(Unclear::Malformed)?;
        let credential = credential.trim_start_matches(' ');
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Some(Self::Bearer(credential)));
        }
        if scheme.eq_ignore_ascii_case("basic") {
            return decode(credential).map(|text| Some(Self::Basic(text))).ok_or(Unclear::Malformed);
        }
        Ok(Some(Self::Other))
    }
}

/// The value of a header that may be sent once.
pub(crate) fn only<'a>(
    values: impl IntoIterator<Item = &'a [u8]>,
    name: &'static str,
) -> Result<Option<&'a str>, Unclear> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Unclear::Repeated(name));
    }
    std::str::from_utf8(value).map(|text| Some(text.trim_matches(' '))).map_err(|_| Unclear::Malformed)
}

pub(crate) fn decode(text: &str) -> Option<String> {
    String::from_utf8(ENCODING.decode(text).ok()?).ok()
}
