//! What a verifier is told at its start, checked.

use claviger_contract::RealmLabel;
use ureq::http::Uri;
use ureq::tls::{PemItem, RootCerts, parse_pem};

use crate::clock::{Clock, SystemClock};
use crate::io::Credentials;

/// Why a verifier cannot be made. The service must not start then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    #[error("issuer: must be a URL that ends with /realms/ and the realm, such as https://host/realms/acme")]
    Issuer,
    #[error("issuer: must begin with https:// unless it is on this machine")]
    InsecureIssuer,
    #[error("audience: must be that of this resource server, as it was registered")]
    Audience,
    #[error("client id: must be that of the resource server")]
    ClientId,
    #[error("client key: must be that of the resource server, and nothing else")]
    ClientKey,
    #[error("certificate authorities: must be certificates in PEM")]
    Authorities,
    #[error("a thread could not be started")]
    Thread,
}

/// Settings beside those that every verifier needs.
pub struct Builder {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) credentials: Credentials,
    pub(crate) roots: RootCerts,
    pub(crate) max_entries: usize,
    pub(crate) max_cache_bytes: usize,
    pub(crate) clock: Box<dyn Clock>,
}

/// 64 MB. A realm has few entries that count; each is forgotten after a day.
const MAX_ENTRIES: usize = 2_000_000;

/// About 8,000 tokens.
const MAX_CACHE_BYTES: usize = 16 << 20;

const MAX_ISSUER_BYTES: usize = 2_048;

impl Builder {
    pub(crate) fn new(issuer: &str, audience: &str, id: &str, key: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            credentials: Credentials { id: id.to_owned(), key: key.to_owned() },
            roots: RootCerts::WebPki,
            max_entries: MAX_ENTRIES,
            max_cache_bytes: MAX_CACHE_BYTES,
            clock: Box::new(SystemClock),
        }
    }

    /// Certificates in PEM of the authorities that the issuer's certificate may be of, and no others. Default: the
    /// public ones of Mozilla's list.
    ///
    /// # Errors
    ///
    /// If there is no certificate in it.
    pub fn authorities(mut self, pem: &[u8]) -> Result<Self, ConnectError> {
        let certificates = parse_pem(pem).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<_> = certificates.collect();
        if certificates.is_empty() {
            return Err(ConnectError::Authorities);
        }
        self.roots = RootCerts::new_with_certs(&certificates);
        Ok(self)
    }

    /// Maximum number of entries of the revocation set, which take 32 bytes each. With more of them the verifier has no
    /// lease. Default: 2,000,000.
    #[must_use]
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// Maximum memory for tokens that were seen before, in bytes. Default: 16 MiB; 0 is off.
    #[must_use]
    pub fn max_cache_bytes(mut self, bytes: usize) -> Self {
        self.max_cache_bytes = bytes;
        self
    }

    /// Other clocks than those of the system.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// The realm of the issuer, if all settings are right.
    pub(crate) fn check(&self) -> Result<RealmLabel, ConnectError> {
        let realm = realm_of(&self.issuer)?;
        let is_text = |text: &str| !text.is_empty() && text.len() <= MAX_ISSUER_BYTES;
        let is_plain = |text: &str| {
            is_text(text) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        if !is_text(&self.audience) || self.audience.contains(|c: char| c.is_control() || c == ' ') {
            return Err(ConnectError::Audience);
        }
        // Characters that form encoding leaves unchanged (RFC 6749 §2.3.1).
        if !is_plain(&self.credentials.id) {
            return Err(ConnectError::ClientId);
        }
        if !is_plain(&self.credentials.key) {
            return Err(ConnectError::ClientKey);
        }
        Ok(realm)
    }
}

fn realm_of(issuer: &str) -> Result<RealmLabel, ConnectError> {
    let url: Uri = issuer.parse().map_err(|_| ConnectError::Issuer)?;
    let is_plain = issuer.len() <= MAX_ISSUER_BYTES && !issuer.contains(['?', '#', '@']);
    let (_, realm) = url.path().rsplit_once("/realms/").ok_or(ConnectError::Issuer)?;
    let realm: RealmLabel = realm.parse().map_err(|_| ConnectError::Issuer)?;
    let host = url.host().ok_or(ConnectError::Issuer)?;
    match url.scheme_str() {
        Some("https") if is_plain => Ok(realm),
        Some("http") if is_plain && is_this_machine(host) => Ok(realm),
        Some("http") if is_plain => Err(ConnectError::InsecureIssuer),
        _ => Err(ConnectError::Issuer),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(issuer: &str, audience: &str, id: &str, key: &str) -> Result<String, ConnectError> {
        Builder::new(issuer, audience, id, key).check().map(|realm| realm.to_string())
    }

    #[test]
    fn every_missing_or_wrong_setting_is_named() {
        const ISSUER: &str = "https://tokens.example/a/realms/acme";
        assert_eq!(checked(ISSUER, "https://api.example", "id-1", "clvk_x"), Ok("acme".to_owned()));
        for local in
            ["http://127.0.0.1:8080/realms/acme", "http://[::1]/realms/acme", "http://localhost/realms/acme"]
        {
            assert_eq!(checked(local, "a", "b", "c"), Ok("acme".to_owned()), "{local}");
        }
        for wrong in [
            "",
            "acme",
            "https://tokens.example",
            "https://tokens.example/realms/",
            "https://tokens.example/realms/acme/",
            "https://tokens.example/realms/Acme",
            "https://u@tokens.example/realms/acme",
            "https://tokens.example/realms/acme?x",
            "ftp://tokens.example/realms/acme",
        ] {
            assert_eq!(checked(wrong, "a", "b", "c"), Err(ConnectError::Issuer), "{wrong}");
        }
        assert_eq!(
            checked("http://tokens.example/realms/acme", "a", "b", "c"),
            Err(ConnectError::InsecureIssuer)
        );
        assert_eq!(checked(ISSUER, "", "b", "c"), Err(ConnectError::Audience));
        assert_eq!(checked(ISSUER, "a b", "b", "c"), Err(ConnectError::Audience));
        assert_eq!(checked(ISSUER, "a", "", "c"), Err(ConnectError::ClientId));
        assert_eq!(checked(ISSUER, "a", "b:", "c"), Err(ConnectError::ClientId));
        assert_eq!(checked(ISSUER, "a", "b", "c\n"), Err(ConnectError::ClientKey));
    }
}
