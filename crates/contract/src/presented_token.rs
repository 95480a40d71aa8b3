//! The credential that a request presents, in all forms that clients send.

use std::fmt;

use crate::authorization::{Authorization, Unclear, decode, only};

/// A dedicated token header; like all header names, it is case-insensitive.
pub const TOKEN_HEADER: &str = "osf-token";

/// The password beside a token in the user name, as two git forges document it.
const NO_PASSWORD: &str = "x-oauth-basic";

/// Not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedToken {
    as_given: String,
    /// The base64-decoded bearer token, for clients that encode it once more.
    decoded: Option<String>,
    /// The Basic user name, which does not identify the caller.
    user: Option<String>,
}

impl PresentedToken {
    /// Prefers `OSF-TOKEN` over Bearer or Basic; different credentials in both headers are refused. Of Basic it uses
    /// the password, the user name if the password is empty or `x-oauth-basic`, or the whole text if it has no colon.
    /// `None` if no credential is presented, or one with another scheme (RFC 6750 §3.1).
    pub fn find<'a>(
        token_header: impl IntoIterator<Item = &'a [u8]>,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Self>, Unclear> {
        let by_header = only(token_header, "OSF-TOKEN")?.map(in_token_header).transpose()?;
        let by_scheme = match Authorization::find(authorization)? {
            Some(Authorization::Bearer(credential)) => Some(bearer(credential)?),
            Some(Authorization::Basic(text)) => basic(&text),
            Some(Authorization::Other) | None => None,
        };
        match (by_header, by_scheme) {
            (Some(one), Some(other)) if !one.is_same_as(&other) => Err(Unclear::TwoCredentials),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// Possible readings of the token, the likelier one first.
    pub fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.as_given.as_str()).chain(self.decoded.as_deref())
    }

    /// The user name; only with Basic.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// A token from a form instead of a header.
    pub fn given(token: String) -> Self {
        Self { as_given: token, decoded: None, user: None }
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.readings().any(|reading| other.readings().any(|other| reading == other))
    }
}

impl fmt::Debug for PresentedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedToken(…)")
    }
}

fn in_token_header(value: &str) -> Result<PresentedToken, Unclear> {
    if is_token(value) { Ok(PresentedToken::given(value.to_owned())) } else { Err(Unclear::Malformed) }
}

fn bearer(credential: &str) -> Result<PresentedToken, Unclear> {
    if !is_token(credential) {
        return Err(Unclear::Malformed);
    }
    let decoded = decode(credential).filter(|text| is_token(text));
    Ok(PresentedToken { as_given: credential.to_owned(), decoded, user: None })
}

/// `None` if user name and password are empty, so that the client prompts again.
fn basic(text: &str) -> Option<PresentedToken> {
    let (user, token) = match text.split_once(':') {
        Some((name, "")) => (None, name),
        Some((name, NO_PASSWORD)) if !name.is_empty() => (None, name),
        Some((name, password)) => (Some(name), password),
        None => (None, text),
    };
    let user = user.map(str::to_owned);
    (!token.is_empty()).then(|| PresentedToken { as_given: token.to_owned(), decoded: None, user })
}

/// The alphabet of a bearer token (RFC 6750 §2.1).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use proptest::prelude::*;

    const TOKEN: &str = "clva_0123456789abcdefghijklmnopqrstuvwxyzAB";

    fn find(token_header: &[&str], authorization: &[&str]) -> Result<Option<PresentedToken>, Unclear> {
        let bytes =
            |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>();
        let (first, second) = (bytes(token_header), bytes(authorization));
        PresentedToken::find(first.iter().map(Vec::as_slice), second.iter().map(Vec::as_slice))
    }

    fn readings(token_header: &[&str], authorization: &[&str]) -> Vec<String> {
        let found = find(token_header, authorization).expect("clear").expect("a credential");
        found.readings().map(str::to_owned).collect()
    }

    fn encoded(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    #[test]
    fn every_form_reads_as_the_token() {
        let name_and_password = format!("Basic {}", encoded(&format!("fio-oauth2:{TOKEN}")));
        let name_alone = format!("Basic {}", encoded(&format!("{TOKEN}:")));
        let name_of_a_forge = format!("Basic {}", encoded(&format!("{TOKEN}:x-oauth-basic")));
        let no_colon = format!("basic {}", encoded(TOKEN));
        assert_eq!(readings(&[TOKEN], &[]), [TOKEN]);
        assert_eq!(readings(&[], &[&format!("bEARER {TOKEN}")])[0], TOKEN);
        assert_eq!(readings(&[], &[&format!("Bearer {}", encoded(TOKEN))])[1], TOKEN);
        assert_eq!(readings(&[], &[&format!("Bearer  \u{20} {TOKEN} ")])[0], TOKEN);
        for value in [&name_and_password, &name_alone, &name_of_a_forge, &no_colon] {
            assert_eq!(readings(&[], &[value]), [TOKEN], "{value}");
            assert_eq!(readings(&[], &[&value.replace(' ', "   ")]), [TOKEN], "{value}");
            assert_eq!(readings(&[], &[value.trim_end_matches('=')]), [TOKEN], "{value}");
            assert_eq!(readings(&[TOKEN], &[value]), [TOKEN], "the same twice is one");
        }
        let found = find(&[], &[&name_and_password]).expect("clear").expect("a credential");
        assert_eq!(found.user(), Some("fio-oauth2"));
        assert_eq!(format!("{found:?}"), "PresentedToken(…)");
    }

    #[test]
    fn nothing_is_nothing_and_two_are_too_many() {
        assert_eq!(find(&[], &[]), Ok(None));
        assert_eq!(find(&[], &["Digest a=b"]), Ok(None));
        assert_eq!(find(&[], &[&format!("Basic {}", encoded(":"))]), Ok(None));
        assert_eq!(find(&["other"], &[&format!("Bearer {TOKEN}")]), Err(Unclear::TwoCredentials));
        assert_eq!(find(&["a", "a"], &[]), Err(Unclear::Repeated("OSF-TOKEN")));
        assert_eq!(find(&[], &["Bearer a", "Bearer a"]), Err(Unclear::Repeated("Authorization")));
        for bad in [
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer  a b",
            "Bearer\ta",
            "Bearer a,b",
            "Basic !",
            "Basic é",
            "",
        ] {
            assert_eq!(find(&[], &[bad]), Err(Unclear::Malformed), "{bad}");
        }
        assert_eq!(find(&[""], &[]), Err(Unclear::Malformed));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = PresentedToken::find([value.as_slice()], [value.as_slice()]);
        }

        #[test]
        fn no_password_is_ever_read_as_another(user in "[^:]{0,20}", password in "[!-~]{1,60}") {
            let value = format!("Basic {}", encoded(&format!("{user}:{password}")));
            prop_assert_eq!(readings(&[], &[&value]), [password]);
        }
    }
}
