//! The issuer of a provider of OpenID Connect.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};

const MAX_BYTES: usize = 512;

/// Kept exactly as it is written, because issuers are compared by their bytes (OpenID Connect Core §3.1.3.7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct IssuerUrl(Arc<str>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a URL that begins with https://, without user, password, query and fragment, of at most {MAX_BYTES} \
     bytes; http:// is for this machine alone"
)]
pub struct InvalidIssuerUrl;

impl IssuerUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where its configuration is published (OpenID Connect Discovery §4).
    pub fn discovery_url(&self) -> Option<Url> {
        let base = self.0.strip_suffix('/').unwrap_or(&self.0);
        Url::parse(&format!("{base}/.well-known/openid-configuration")).ok()
    }

    /// Google sends the claim `hd` for every account of an organization.
    pub fn is_google(&self) -> bool {
        &*self.0 == "https://accounts.google.com"
    }

    /// Microsoft Entra, in any of its clouds.
    pub fn is_entra(&self) -> bool {
        let url = Url::parse(&self.0).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        matches!(
            host,
            "login.microsoftonline.com" | "login.microsoftonline.us" | "login.partner.microsoftonline.cn"
        )
    }
}

/// Whether a URL of a provider may be used: https, or http to this machine.
pub fn is_provider_url(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return false,
    };
    url.scheme() == "https" || url.scheme() == "http" && is_this_machine
}

impl FromStr for IssuerUrl {
    type Err = InvalidIssuerUrl;

    fn from_str(text: &str) -> Result<Self, InvalidIssuerUrl> {
        // The parser drops what is invisible, and would accept what nobody meant.
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() > MAX_BYTES || !is_visible || text.contains(['?', '#', '\\']) {
            return Err(InvalidIssuerUrl);
        }
        let url = Url::parse(text).map_err(|_| InvalidIssuerUrl)?;
        let is_fine = is_provider_url(&url) && url.username().is_empty() && url.password().is_none();
        if is_fine { Ok(Self(text.into())) } else { Err(InvalidIssuerUrl) }
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IssuerUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_is_kept_as_written_and_its_configuration_is_below_it() {
        for (text, place) in [
            ("https://login.acme.example", "https://login.acme.example/.well-known/openid-configuration"),
            ("https://login.acme.example/", "https://login.acme.example/.well-known/openid-configuration"),
            (
                "https://id.example:8443/realms/Acme",
                "https://id.example:8443/realms/Acme/.well-known/openid-configuration",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/.well-known/openid-configuration"),
            ("http://[::1]:8080", "http://[::1]:8080/.well-known/openid-configuration"),
            ("http://localhost:8080", "http://localhost:8080/.well-known/openid-configuration"),
        ] {
            let issuer: IssuerUrl = text.parse().expect(text);
            assert_eq!(issuer.as_str(), text);
            assert_eq!(issuer.discovery_url().expect("a URL").as_str(), place);
            let stored = serde_json::to_string(&issuer).expect("JSON");
            assert_eq!(serde_json::from_str::<IssuerUrl>(&stored).expect("an issuer"), issuer);
        }
    }

    #[test]
    fn other_issuers_are_refused() {
        let long = format!("https://id.example/{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "id.example",
            "http://id.example",
            "http://127.0.0.1.id.example",
            "http://localhost.id.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://",
            "https://me@id.example",
            "https://:pw@id.example",
            "https://id.example?a=b",
            "https://id.example?",
            "https://id.example#a",
            "https://id.example\\a",
            "https://id.exa\nmple",
            " https://id.example",
            "https://id.example/\u{e9}",
            &long,
        ] {
            assert_eq!(text.parse::<IssuerUrl>(), Err(InvalidIssuerUrl), "{text}");
        }
    }

    #[test]
    fn providers_are_recognized_by_their_whole_name() {
        let issuer = |text: &str| text.parse::<IssuerUrl>().expect(text);
        assert!(issuer("https://accounts.google.com").is_google());
        assert!(!issuer("https://accounts.google.com/x").is_google());
        assert!(issuer("https://login.microsoftonline.com/8/v2.0").is_entra());
        assert!(!issuer("https://login.microsoftonline.com.id.example/8/v2.0").is_entra());
    }
}
