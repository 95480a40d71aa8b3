//! The path of `public_url`: a request for an address below it is routed like one without it.
//!
//! A reverse proxy may keep the path or remove it. RFC 8414 §3.1 puts the well-known part before the path, where most
//! proxies keep it.

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

const WELL_KNOWN: &str = "/.well-known/";

/// Without a trailing slash; empty if `public_url` has no path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

impl PathPrefix {
    pub fn of(public_url: &str) -> Self {
        let rest = public_url.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find('/').map_or("", |at| &rest[at..]);
        Self(path.trim_end_matches('/').to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Call before routing.
    pub fn remove_from(&self, request: &mut ServiceRequest) {
        let Some(target) = request.uri().path_and_query().and_then(|target| self.removed(target.as_str()))
        else {
            return;
        };
        // The rest of a valid target that begins with a slash is valid too.
        let Ok(target) = PathAndQuery::try_from(target) else { return };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(target);
        if let Ok(uri) = Uri::from_parts(parts) {
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
        }
    }

    /// `None` if the target is not below the prefix.
    fn removed(&self, target: &str) -> Option<String> {
        let Self(prefix) = self;
        if prefix.is_empty() {
            return None;
        }
        let below = |text: &str| {
            let rest = text.strip_prefix(prefix.as_str())?;
            match rest.chars().next() {
                None => Some("/".to_owned()),
                Some('/') => Some(rest.to_owned()),
                Some('?') => Some(format!("/{rest}")),
                Some(_) => None,
            }
        };
        below(target).or_else(|| {
            let after = target.strip_prefix(WELL_KNOWN)?;
            let (name, path) = after.split_at(after.find('/')?);
            Some([WELL_KNOWN, name, &below(path)?].concat())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_removed_where_it_is_a_whole_path() {
        let prefix = PathPrefix::of("https://example.org/a/auth");
        for (target, expected) in [
            ("/a/auth", Some("/")),
            ("/a/auth/", Some("/")),
            ("/a/auth?x=/a/auth/y", Some("/?x=/a/auth/y")),
            ("/a/auth/realms/acme/whoami?scope=a", Some("/realms/acme/whoami?scope=a")),
            ("/a/auth/a/auth/x", Some("/a/auth/x")),
            (
                "/.well-known/openid-configuration/a/auth/realms/x",
                Some("/.well-known/openid-configuration/realms/x"),
            ),
            ("/a/auth/.well-known/x/realms/x", Some("/.well-known/x/realms/x")),
            ("/a/author", None),
            ("/realms/acme/whoami", None),
            ("/.well-known/a/auth", None),
            ("/", None),
        ] {
            assert_eq!(prefix.removed(target).as_deref(), expected, "{target}");
        }
        for url in ["https://example.org", "https://example.org/", "http://127.0.0.1:8080"] {
            assert_eq!(PathPrefix::of(url).removed("/realms/acme"), None, "{url}");
        }
    }
}
