//! Hosts that the operator lists: they may have private addresses and plain HTTP.

use url::{Host, Url};

/// Each is a host name or an address, with a port where only that one is meant.
#[derive(Clone, Debug, Default)]
pub struct ListedHosts(Vec<(String, Option<u16>)>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{entry:?} must be a host or an address, with or without a port, such as jira.internal or 10.0.0.7:8443"
)]
pub struct ListedHostsError {
    entry: String,
}

impl ListedHosts {
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, ListedHostsError> {
        let hosts = entries.into_iter().map(|entry| {
            let wrong = || ListedHostsError { entry: entry.to_owned() };
            let url = Url::parse(&format!("https://{entry}")).map_err(|_| wrong())?;
            let is_plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            if !is_plain || !url.username().is_empty() || url.password().is_some() || entry.ends_with('/') {
                return Err(wrong());
            }
            let explicit =
                entry.rsplit_once(':').filter(|(host, _)| !host.ends_with(':') && !entry.ends_with(']'));
            let port = explicit.and_then(|(_, port)| port.parse().ok());
            Ok((host_of(&url).ok_or_else(wrong)?, port))
        });
        hosts.collect::<Result<_, _>>().map(Self)
    }

    pub fn contains(&self, url: &Url) -> bool {
        let Some(host) = host_of(url) else { return false };
        self.0.iter().any(|(listed, port)| {
            *listed == host && port.is_none_or(|port| Some(port) == url.port_or_known_default())
        })
    }
}

/// In one spelling, without the dot at the end.
fn host_of(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        address => Some(address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_host_is_found_in_each_spelling() {
        let hosts =
            ListedHosts::new(["jira.Internal", "10.0.0.7:8443", "[::1]", "tls.internal:443"]).unwrap();
        for (url, expected) in [
            ("https://jira.internal/", true),
            ("http://JIRA.internal.:8080/x", true),
            ("https://x.jira.internal/", false),
            ("https://jira.internal.example.com/", false),
            ("https://10.0.0.7:8443/", true),
            ("https://10.7:8443/", true),
            ("https://10.0.0.7/", false),
            ("http://[::1]:1/", true),
            ("http://[::2]:1/", false),
            ("https://tls.internal/", true),
            ("http://tls.internal/", false),
        ] {
            assert_eq!(hosts.contains(&Url::parse(url).unwrap()), expected, "{url}");
        }
        for entry in ["", "https://a", "a/b", "user@a", "a?b", "a b"] {
            assert!(ListedHosts::new([entry]).is_err(), "{entry}");
        }
    }
}
