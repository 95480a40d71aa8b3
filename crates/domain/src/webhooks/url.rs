//! Where a webhook sends to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

const MAX_BYTES: usize = 2_048;

/// An absolute http or https URL without user, password and fragment, in one spelling. Whether its host may be reached,
/// and whether plain http may be used, is decided where a request is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(Url);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a URL that begins with https://, without user, password and fragment, of at most {MAX_BYTES} bytes"
)]
pub struct InvalidWebhookUrl;

impl WebhookUrl {
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for WebhookUrl {
    type Err = InvalidWebhookUrl;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookUrl> {
        // The parser drops what is invisible, and would accept what nobody meant.
        if text.len() > MAX_BYTES || text.chars().any(|one| one.is_whitespace() || one.is_control()) {
            return Err(InvalidWebhookUrl);
        }
        let url = Url::parse(text).map_err(|_| InvalidWebhookUrl)?;
        let is_fine = matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.as_str().len() <= MAX_BYTES;
        if is_fine { Ok(Self(url)) } else { Err(InvalidWebhookUrl) }
    }
}

impl Serialize for WebhookUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_has_one_spelling_and_reads_back() {
        for (text, normal) in [
            ("https://hooks.example", "https://hooks.example/"),
            ("HTTPS://Hooks.Example:443/a?b=c", "https://hooks.example/a?b=c"),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
            ("https://0x7f.1/", "https://127.0.0.1/"),
        ] {
            let url: WebhookUrl = text.parse().expect(text);
            assert_eq!(url.to_string(), normal);
            assert_eq!(normal.parse(), Ok(url.clone()));
            let stored = serde_json::to_string(&url).expect("JSON");
            assert_eq!(serde_json::from_str::<WebhookUrl>(&stored).expect("a URL"), url);
        }
    }

    #[test]
    fn other_urls_are_refused() {
        let long = format!("https://hooks.example/{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "hooks.example",
            "ftp://hooks.example/",
            "https://",
            "https://me@hooks.example/",
            "https://:pw@hooks.example/",
            "https://hooks.example/#a",
            "https://hooks.example/#",
            "https://hooks.exa\nmple/",
            " https://hooks.example/",
            "https://hooks.example/a b",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(text.parse::<WebhookUrl>(), Err(InvalidWebhookUrl), "{text}");
        }
    }
}
