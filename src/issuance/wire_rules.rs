//! What a request to git or to a container registry needs, told from its method and address alone. Pure.

use std::borrow::Cow;

use claviger_contract::{RealmLabel, Scope, ScopeSet};

/// One of them is needed, or nothing is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    OneOf(&'static [&'static str]),
    /// And why.
    Refused(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireRules {
    Git,
    Registry,
}

/// Any of these may push something; which refs, the repository's own hook decides.
const WRITE_GIT: Need = Need::OneOf(&["source:read-update", "source:create", "source:delete"]);
const READ_GIT: Need = Need::OneOf(&["source:read"]);

/// An address that is encoded more often than this means nothing good.
const MOST_DECODINGS: usize = 4;

impl WireRules {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "git" => Some(Self::Git),
            "registry" => Some(Self::Registry),
            _ => None,
        }
    }

    /// `uri` is the path and query as the client sent them, `method` is `None` where the proxy did not say it.
    pub fn need(self, realm: &RealmLabel, method: Option<&str>, uri: &str) -> Need {
        match self {
            Self::Git => git(uri),
            Self::Registry => registry(realm, method, uri),
        }
    }
}

impl Need {
    pub fn is_met_by(self, held: &ScopeSet) -> bool {
        match self {
            Self::OneOf(scopes) => {
                let needed = |scope: &&str| scope.parse::<Scope>().is_ok_and(|scope| held.covers(&scope));
                scopes.iter().any(needed)
            }
            Self::Refused(_) => false,
        }
    }
}

/// Whoever decodes behind the proxy may read more than stands there: every reading counts.
fn git(uri: &str) -> Need {
    let mut reading = Cow::Borrowed(uri);
    for _ in 0..MOST_DECODINGS {
        let lower = reading.to_ascii_lowercase();
        if lower.contains('\0') {
            return Need::Refused("the address holds a NUL");
        }
        // The batch of LFS says in its body whether it reads or writes, which no proxy hands on.
        if lower.contains("git-receive-pack") || lower.contains("/info/lfs") {
            return WRITE_GIT;
        }
        match decoded(&reading) {
            Some(next) => reading = Cow::Owned(next),
            None => return READ_GIT,
        }
    }
    Need::Refused("the address is encoded too often")
}

/// `None` where nothing is encoded any more.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut changed = false;
    while let [first, tail @ ..] = rest {
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high * 16 + low);
            (rest, changed) = (after, true);
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    changed.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The realm's own repositories alone, under names that need no encoding: nothing else can be told apart safely.
fn registry(realm: &RealmLabel, method: Option<&str>, uri: &str) -> Need {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@+~".contains(&byte);
    let segments_are_plain = !path.contains("//") && !path.split('/').any(|part| matches!(part, "." | ".."));
    if !path.bytes().all(plain) || !segments_are_plain {
        return Need::Refused("the address is not written as repositories are");
    }
    let repositories = format!("/v2/{realm}/");
    let own = |name: &str| name.strip_prefix(realm.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let is_own = path.starts_with(&repositories);
    let mounts_from_others = form_urlencoded::parse(query.as_bytes())
        .any(|(name, from)| name == "from" && (!own(&from) || from.contains("..")));
    if mounts_from_others {
        return Need::Refused("nothing is mounted from another realm's repositories");
    }
    match method {
        Some("GET" | "HEAD") if is_own || path == "/v2/" => Need::OneOf(&["containers:read"]),
        Some("POST" | "PUT" | "PATCH") if is_own => Need::OneOf(&["containers:read-update"]),
        None => Need::Refused("the proxy does not say the method"),
        _ => Need::Refused("no scope is for this"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn need(rules: WireRules, method: &str, uri: &str) -> Need {
        rules.need(&"acme".parse().expect("a label"), Some(method), uri)
    }

    // GT-04
    #[test]
    fn whatever_could_reach_receive_pack_is_a_write() {
        for uri in [
            "/a.git/info/refs?service=git-receive-pack",
            "/a.git/git-receive-pack",
            "/a.git/%67it-receive-pack",
            "/a.git/%2567it-receive-pack",
            "/a.git//git-receive-pack;x",
            "/a.git/info/refs?service=git-upload-pack&service=git-receive-pack",
            "/a.git/info/refs?service=git%2Dreceive%2Dpack",
            "/a.git/info/refs?service=git%2dRECEIVE-pack",
            "/a.git/info/lfs/objects/batch",
        ] {
            assert_eq!(need(WireRules::Git, "GET", uri), WRITE_GIT, "{uri}");
        }
        for uri in
            ["/a.git/info/refs?service=git-upload-pack", "/a.git/HEAD", "/a.git/objects/info/packs", "/100%"]
        {
            assert_eq!(need(WireRules::Git, "GET", uri), READ_GIT, "{uri}");
        }
        for uri in ["/a%00", "/%252525252567"] {
            assert!(matches!(need(WireRules::Git, "GET", uri), Need::Refused(_)), "{uri}");
        }
    }

    // FA-P4
    #[test]
    fn registry_knows_the_realms_own_repositories_alone() {
        let read = Need::OneOf(&["containers:read"]);
        let write = Need::OneOf(&["containers:read-update"]);
        for (method, uri, expected) in [
            ("GET", "/v2/", read),
            ("HEAD", "/v2/acme/app/manifests/latest", read),
            ("GET", "/v2/acme/app/blobs/sha256:00ff", read),
            ("PUT", "/v2/acme/app/manifests/latest", write),
            ("PATCH", "/v2/acme/app/blobs/uploads/id?_state=a%2Fb", write),
            ("POST", "/v2/acme/app/blobs/uploads/?mount=sha256%3A00&from=acme%2Fbase", write),
        ] {
            assert_eq!(need(WireRules::Registry, method, uri), expected, "{method} {uri}");
        }
        for (method, uri) in [
            ("DELETE", "/v2/acme/app/manifests/latest"),
            ("GET", "/v2/_catalog"),
            ("GET", "/v2/other/app/manifests/latest"),
            ("GET", "/v2/acmes/app/manifests/latest"),
            ("GET", "/v2/acme/../other/app/manifests/latest"),
            ("GET", "/v2/acme%2f..%2fother/app/tags/list"),
            ("GET", "/v2/acme//app/tags/list"),
            ("GET", "/v2//acme/app/tags/list"),
            ("GET", "http://host/v2/acme/app/tags/list"),
            ("GET", "/v2/acme/app\\tags"),
            ("POST", "/v2/"),
            ("POST", "/v2/acme/app/blobs/uploads/?mount=sha256:00&from=other/base"),
            ("POST", "/v2/acme/app/blobs/uploads/?from=acme/base&from=other%2Fbase"),
            ("POST", "/v2/acme/app/blobs/uploads/?from=acme/../other/base"),
        ] {
            assert!(matches!(need(WireRules::Registry, method, uri), Need::Refused(_)), "{method} {uri}");
        }
        let unsaid = WireRules::Registry.need(&"acme".parse().expect("a label"), None, "/v2/");
        assert!(matches!(unsaid, Need::Refused(_)));
    }

    proptest! {
        #[test]
        fn any_address_is_judged(uri in "\\PC{0,80}", method in "[A-Z]{0,6}") {
            let _ = need(WireRules::Git, &method, &uri);
            let _ = need(WireRules::Registry, &method, &uri);
        }

        #[test]
        fn no_encoding_hides_a_push(encode in prop::collection::vec(any::<bool>(), 16)) {
            let text: String = "git-receive-pack".bytes().zip(encode).map(|(byte, encode)| {
                if encode { format!("%{byte:02x}") } else { char::from(byte).to_string() }
            }).collect();
            prop_assert_eq!(need(WireRules::Git, "GET", &format!("/a.git/{text}")), WRITE_GIT);
        }
    }
}
