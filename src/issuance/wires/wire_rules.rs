//! Determines what a request to git or a container registry needs, from its method and URL alone. Pure.

use claviger_contract::RealmLabel;

use crate::issuance::need::Need;
use crate::issuance::wires::git_rules;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireRules {
    Git,
    Registry,
}

/// The original request, as described by the proxy.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// `None` if the proxy does not send it.
    pub method: Option<&'a str>,
    /// Path and query as the client sent them.
    pub uri: &'a str,
    /// Whether the body is a form, from which registries read parameters.
    pub has_form: bool,
}

impl WireRules {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "git" => Some(Self::Git),
            "registry" => Some(Self::Registry),
            _ => None,
        }
    }

    pub fn need(self, realm: &RealmLabel, original: Original<'_>) -> Need {
        match self {
            Self::Git => git_rules::need(original.method, original.uri),
            Self::Registry => registry(realm, original),
        }
    }
}

/// Only the realm's own repositories, under names that need no encoding: nothing else can be distinguished safely.
fn registry(realm: &RealmLabel, original: Original<'_>) -> Need {
    let Original { method, uri, has_form } = original;
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let Some(path) = plain_path(path) else {
        return Need::Refused("the URL is not in the form of a repository URL");
    };
    let repositories = format!("/v2/{realm}/");
    let own = |name: &str| name.strip_prefix(realm.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let is_own = path.starts_with(&repositories);
    let mounts_from_others = form_urlencoded::parse(query.as_bytes())
        .any(|(name, from)| name == "from" && (!own(&from) || from.contains("..")));
    // Some servers treat `;` as `&`.
    if query.contains([';', '#']) {
        return Need::Refused("the query is not in the form that registry clients use");
    }
    // A form in the body may contain `from=` too, and no proxy forwards it.
    if has_form && !matches!(method, Some("GET" | "HEAD")) {
        return Need::Refused(
            "a registry request must not have a form body: its parameters belong in the URL",
        );
    }
    if mounts_from_others {
        return Need::Refused("blobs cannot be mounted from another realm's repositories");
    }
    match method {
        Some("GET" | "HEAD") if is_own || matches!(&*path, "/v2" | "/v2/") => {
            Need::OneOf(&["containers:read"])
        }
        Some("POST" | "PUT" | "PATCH") if is_own => Need::OneOf(&["containers:read-update"]),
        None => Need::Refused("the proxy does not send the original method"),
        _ => Need::Refused("no scope allows this request"),
    }
}

/// The path with encoded characters decoded, as some clients encode the colon of a digest. `None` if a character needs
/// its encoding or a segment is special. An encoded slash is refused: servers differ in how they read it.
fn plain_path(path: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@+~".contains(&byte);
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok().filter(|byte| plain(*byte))?
            }
            _ => Some(byte).filter(|byte| *byte == b'/' || plain(*byte))?,
        };
        decoded.push(char::from(byte));
    }
    let is_special = decoded.contains("//") || decoded.split('/').any(|part| matches!(part, "." | ".."));
    (!is_special).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of<'a>(method: &'a str, uri: &'a str) -> Original<'a> {
        Original { method: Some(method), uri, has_form: false }
    }

    fn need(rules: WireRules, original: Original<'_>) -> Need {
        rules.need(&"acme".parse().expect("a label"), original)
    }

    // FA-P4
    #[test]
    fn registry_knows_the_realms_own_repositories_alone() {
        let read = Need::OneOf(&["containers:read"]);
        let write = Need::OneOf(&["containers:read-update"]);
        for (method, uri, expected) in [
            ("GET", "/v2/", read),
            ("GET", "/v2", read),
            ("HEAD", "/v2?x=y", read),
            ("GET", "/v2/acme/app/blobs/sha256%3A00ff", read),
            ("HEAD", "/v2/acme/app/manifests/sha256%3a00ff", read),
            ("PUT", "/v2/%61cme/app/manifests/sha256%3A00ff", write),
            ("HEAD", "/v2/acme/app/manifests/latest", read),
            ("GET", "/v2/acme/app/blobs/sha256:00ff", read),
            ("PUT", "/v2/acme/app/manifests/latest", write),
            ("PATCH", "/v2/acme/app/blobs/uploads/id?_state=a%2Fb", write),
            ("POST", "/v2/acme/app/blobs/uploads/?mount=sha256%3A00&from=acme%2Fbase", write),
        ] {
            assert_eq!(need(WireRules::Registry, of(method, uri)), expected, "{method} {uri}");
        }
        for (method, uri) in [
            ("DELETE", "/v2/acme/app/manifests/latest"),
            ("GET", "/v2/_catalog"),
            ("GET", "/v2/other/app/manifests/latest"),
            ("GET", "/v2/acmes/app/manifests/latest"),
            ("GET", "/v2/acme/../other/app/manifests/latest"),
            ("GET", "/v2/acme%2f..%2fother/app/tags/list"),
            ("GET", "/v2/acme/%2e%2E/other/app/tags/list"),
            ("GET", "/v2/acme/%2e/app/tags/list"),
            ("GET", "/v2/acme%2Fapp/tags/list"),
            ("GET", "/v2/acme/app/manifests/sha256%253A00ff"),
            ("GET", "/v2/acme/app/manifests/a%00"),
            ("GET", "/v2/acme/app/manifests/a%3"),
            ("GET", "/v2/acme/app/manifests/a%"),
            ("GET", "/v2/acme/app/manifests/a%+1"),
            ("GET", "/v2/acme/app/manifests/a%3Fb"),
            ("GET", "/v2/%6Fther/app/tags/list"),
            ("GET", "/v2acme"),
            ("POST", "/v2"),
            ("GET", "/v2/acme//app/tags/list"),
            ("GET", "/v2//acme/app/tags/list"),
            ("GET", "http://host/v2/acme/app/tags/list"),
            ("GET", "/v2/acme/app\\tags"),
            ("POST", "/v2/"),
            ("POST", "/v2/acme/app/blobs/uploads/?mount=sha256:00&from=other/base"),
            ("POST", "/v2/acme/app/blobs/uploads/?from=acme/base&from=other%2Fbase"),
            ("POST", "/v2/acme/app/blobs/uploads/?from=acme/../other/base"),
            ("POST", "/v2/acme/app/blobs/uploads/?mount=sha256:00;from=other/base"),
            ("GET", "/v2/acme/app/tags/list?n=1#x"),
        ] {
            assert!(matches!(need(WireRules::Registry, of(method, uri)), Need::Refused(_)), "{method} {uri}");
        }
        let unsaid = need(WireRules::Registry, Original { method: None, ..of("", "/v2/") });
        assert!(matches!(unsaid, Need::Refused(_)));
        // A form in the body may name another repository to mount from, and is not visible here.
        let form = |method| Original { has_form: true, ..of(method, "/v2/acme/app/blobs/uploads/") };
        for method in ["POST", "PUT", "PATCH"] {
            assert!(matches!(need(WireRules::Registry, form(method)), Need::Refused(_)), "{method}");
        }
        assert_eq!(need(WireRules::Registry, form("GET")), read);
    }

    proptest! {
        #[test]
        fn any_address_is_judged(uri in "\\PC{0,80}", method in "[A-Z]{0,6}") {
            let _ = need(WireRules::Git, of(&method, &uri));
            let _ = need(WireRules::Registry, of(&method, &uri));
        }

        #[test]
        fn encoded_path_is_judged_as_its_decoded_form(
            path in "/v2/(acme|other)/[a-z]{1,3}/(blobs|manifests)/sha256:[0-9a-f]{4}",
            encoded in prop::collection::vec(any::<bool>(), 40),
            method in "GET|HEAD|PUT|POST|DELETE",
        ) {
            let encode = |(character, encoded): (char, &bool)| match *encoded && character != '/' {
                true => format!("%{:02X}", u32::from(character)),
                false => character.to_string(),
            };
            let sent: String = path.chars().zip(encoded.iter().cycle()).map(encode).collect();
            let need = |uri: &str| need(WireRules::Registry, of(&method, uri));
            prop_assert_eq!(need(&sent), need(&path), "{}", sent);
        }
    }
}
