//! Servers that the git and docker helpers give a token to: configured servers, and the server of the profile.

use std::process::{Command, Stdio};

use url::{Host, Url};

/// A server that a helper is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpedServer(Url);

impl HelpedServer {
    /// From git's protocol and host. The host may include a port. `None` if they do not name exactly one server.
    pub fn of_git(protocol: &str, host: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_plain) || !matches!(protocol, "http" | "https") {
            return None;
        }
        Url::parse(&format!("{protocol}://{host}/")).ok().map(Self)
    }

    /// From docker's registry name: the part of an image name before the first slash, or an address.
    pub fn of_docker(registry: &str) -> Option<Self> {
        let (protocol, rest) = registry.split_once("://").unwrap_or(("https", registry));
        Self::of_git(&protocol.to_ascii_lowercase(), rest.trim_end_matches('/'))
    }

    /// Whether data sent to this server cannot be read in transit.
    pub fn is_private(&self) -> bool {
        self.0.scheme() == "https" || is_this_machine(&self.0)
    }

    pub fn is_at(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.is_origin_of(&url))
    }

    fn is_origin_of(&self, other: &Url) -> bool {
        let asked = &self.0;
        asked.scheme() == other.scheme()
            && asked.port_or_known_default() == other.port_or_known_default()
            && matches!((asked.host_str(), other.host_str()), (Some(one), Some(pattern)) if fits(one, pattern))
    }

    /// Whether git's configuration names this program as the helper for this server. git omits the path unless
    /// `credential.useHttpPath` is set.
    pub fn is_set_up_in_git(&self, path: Option<&str>) -> bool {
        helped_urls()
            .iter()
            .any(|url| self.is_origin_of(url) && path.is_none_or(|path| is_below(path, url.path())))
    }
}

/// Loopback addresses and `localhost`. Requests to them do not leave the machine.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// In git's patterns `*` matches one label (git-config(1), `http.<url>.*`).
fn fits(host: &str, pattern: &str) -> bool {
    let (mut labels, mut wanted) = (host.split('.'), pattern.split('.'));
    loop {
        match (labels.next(), wanted.next()) {
            (None, None) => return true,
            (Some(label), Some(want)) if want == "*" || want == label => {}
            _ => return false,
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    let (path, folder) = (path.trim_matches('/'), folder.trim_matches('/'));
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// URLs for which any file or variable that git reads names this program as the helper.
fn helped_urls() -> Vec<Url> {
    let asked = Command::new("git")
        .args(["config", "-z", "--get-regexp", r"^credential\..*\.helper$"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let text = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.split('\0').filter_map(helped_url).collect()
}

fn helped_url(setting: &str) -> Option<Url> {
    let (name, value) = setting.split_once('\n')?;
    let url = name.strip_prefix("credential.")?.strip_suffix(".helper")?;
    let value = value.trim();
    let is_ours = value == "claviger"
        || value.starts_with("claviger ")
        || (value.contains("claviger") && value.contains("git-credential"));
    Url::parse(url).ok().filter(|_| is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_pattern(protocol: &str, host: &str, path: Option<&str>, pattern: &str) -> bool {
        let url = helped_url(&format!("credential.{pattern}.helper\n!'/bin/claviger' git-credential"));
        let url = url.expect("ours");
        HelpedServer::of_git(protocol, host).is_some_and(|server| {
            server.is_origin_of(&url) && path.is_none_or(|path| is_below(path, url.path()))
        })
    }

    #[test]
    fn only_what_was_set_up_fits() {
        let pattern = "https://git.example.org";
        for (protocol, host, expected) in [
            ("https", "git.example.org", true),
            ("https", "GIT.example.org", true),
            ("https", "git.example.org:443", true),
            ("https", "git.example.org:8443", false),
            ("http", "git.example.org", false),
            ("http", "git.example.org:443", false),
            ("https", "evil.example", false),
            ("https", "git.example.org.evil.example", false),
            ("https", "xgit.example.org", false),
            ("https", "git.example.org@evil.example", false),
            ("https", "evil.example/git.example.org", false),
            ("https", "evil.example#git.example.org", false),
            ("https", "", false),
            ("ftp", "git.example.org", false),
        ] {
            assert_eq!(fits_pattern(protocol, host, None, pattern), expected, "{protocol}://{host}");
        }
        for (host, path, pattern, expected) in [
            ("a.example.org", None, "https://*.example.org", true),
            ("example.org", None, "https://*.example.org", false),
            ("a.b.example.org", None, "https://*.example.org", false),
            ("h", Some("team/app.git"), "https://h/team", true),
            ("h", Some("teams/app.git"), "https://h/team", false),
            ("h", None, "https://h/team", true),
            ("h:8443", None, "https://h:8443/", true),
        ] {
            assert_eq!(fits_pattern("https", host, path, pattern), expected, "{host} {pattern}");
        }
        assert_eq!(helped_url("credential.https://h.helper\nstore"), None);
        assert_eq!(helped_url("credential.helper\nclaviger"), None);
    }

    #[test]
    fn plain_http_is_private_on_this_machine_alone() {
        for (registry, private) in [
            ("registry.example.org", true),
            ("https://registry.example.org/", true),
            ("http://registry.example.org", false),
            ("http://127.0.0.1:5000", true),
            ("http://[::1]:5000", true),
            ("http://localhost:5000", true),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
        ] {
            assert_eq!(
                HelpedServer::of_docker(registry).map(|server| server.is_private()),
                Some(private),
                "{registry}"
            );
        }
        for odd in ["", "a b", "https://h/path", "https://u@h", "ftp://h", "https://h?x"] {
            assert_eq!(HelpedServer::of_docker(odd), None, "{odd}");
        }
    }
}
