//! Base URLs in settings, to which paths are appended: one strict reading for all of them.

use url::{Host, Url};

use crate::config::error::ConfigError;
use crate::config::sources::Sources;

/// Which URLs a setting accepts.
pub struct Accepted {
    pub expected: &'static str,
    pub is_allowed: fn(&Url) -> bool,
}

/// Over the network only https: clients send their keys to this address.
pub const PUBLIC: Accepted = Accepted {
    expected: "an https:// URL without user, query or fragment (http:// only for a loopback address), such as \
               https://auth.example.com",
    is_allowed: |url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)),
};

pub const COLLECTOR: Accepted = Accepted {
    expected: "an http:// or https:// URL without user, query or fragment, such as http://127.0.0.1:4318",
    is_allowed: |url| matches!(url.scheme(), "http" | "https"),
};

/// The URL without a trailing slash, if it is set.
///
/// The library reads more than it would write (`https:example.org`, `HTTPS://Example.org:443`). Such text is refused
/// with the form that is meant: other programs would read it differently, or compare it byte by byte.
pub fn base_url(
    sources: &Sources,
    name: &'static str,
    accepted: &Accepted,
) -> Result<Option<String>, ConfigError> {
    let Some(text) = sources.get::<String>(name, accepted.expected)? else { return Ok(None) };
    let fits = |url: &Url| {
        (accepted.is_allowed)(url)
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let Some(url) = Url::parse(&text).ok().filter(fits) else {
        return Err(sources.invalid(name, text, accepted.expected));
    };
    let normal = url.as_str().trim_end_matches('/');
    if normal != text.strip_suffix('/').unwrap_or(&text) {
        return Err(sources.invalid(name, text, &format!("written as {normal}")));
    }
    let path = url.path().trim_end_matches('/');
    if !path.split('/').skip(1).all(is_plain_segment) {
        let expected = "a URL whose path has only letters, digits and -._~, such as https://example.com/auth";
        return Err(sources.invalid(name, text, expected));
    }
    Ok(Some(normal.to_owned()))
}

fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
