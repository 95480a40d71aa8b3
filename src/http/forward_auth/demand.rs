//! The operator's requirements for a token. They follow the endpoint's path, as a query or as a path segment.
//!
//! An unreadable demand refuses every request: ignoring it would let all requests through.

use actix_web::HttpRequest;
use claviger_contract::Scope;

use crate::issuance::WireRules;

#[derive(Debug, Default, PartialEq)]
pub struct Demand {
    pub scopes: Vec<Scope>,
    pub rules: Option<WireRules>,
    pub audience: Option<String>,
}

/// A demand, and the path of the original request where the proxy appends it; empty where it does not.
#[derive(Debug, PartialEq)]
pub struct Asked<'a> {
    pub demand: Demand,
    pub appended: &'a str,
}

/// Used instead of a demand: accepts any active token of the realm.
const ANY: &str = "any";

impl<'a> Asked<'a> {
    pub fn of(request: &'a HttpRequest) -> Result<Self, String> {
        let uri = request.uri();
        let below = below(uri.path()).ok_or("the path must begin with /realms/{realm}/forward-auth")?;
        Self::read(below, uri.query())
    }

    /// `below` is the rest of the path. If a path is appended, the query comes from the client and holds no demand.
    fn read(below: &'a str, query: Option<&str>) -> Result<Self, String> {
        let Some(rest) = below.strip_prefix('/') else {
            let demand = query.map_or_else(|| Ok(Demand::default()), Demand::read)?;
            return Ok(Self { demand, appended: "" });
        };
        let (first, appended) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let demand = match first {
            ANY => Demand::default(),
            _ if is_demand(first) => Demand::read(first)?,
            _ => return Self::without_demand(below, first, query),
        };
        if appended.is_empty() && query.is_some() {
            return Err(format!(
                "the demand is in the path, so a query is not allowed: use /forward-auth/{first}"
            ));
        }
        refuse_dots(appended)?;
        Ok(Self { demand, appended })
    }

    /// The original path alone. Text that looks like a misplaced demand is refused, as it would be ignored otherwise.
    fn without_demand(below: &'a str, first: &str, query: Option<&str>) -> Result<Self, String> {
        let is_bare = below.bytes().all(|byte| byte == b'/');
        let names = |query| form_urlencoded::parse(str::as_bytes(query)).any(|(name, _)| is_name(&name));
        if is_name(first) || query.is_some_and(|query| is_bare || names(query)) {
            return Err(
                "a query after /forward-auth/ comes from the client and cannot hold the demand: write it \
                 as /forward-auth?scope=… or, if the proxy appends the original path, as \
                 /forward-auth/scope=…; use /forward-auth/any for no demand"
                    .to_owned(),
            );
        }
        refuse_dots(below)?;
        Ok(Self { demand: Demand::default(), appended: below })
    }
}

impl Demand {
    /// Form encoding, in a query as in a segment; in a segment a slash is `%2F`.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut demand = Self::default();
        let mut is_empty = true;
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            is_empty = false;
            if value.trim().is_empty() {
                return Err(format!("{name}= is empty"));
            }
            match &*name {
                "scope" => demand.scopes.extend(scopes(&value)?),
                "rules" if demand.rules.is_none() => {
                    let rules = WireRules::named(&value);
                    demand.rules = Some(rules.ok_or("rules= must be git or registry")?);
                }
                "audience" if demand.audience.is_none() => demand.audience = Some(value.into_owned()),
                "rules" | "audience" => return Err(format!("{name}= appears twice")),
                _ => {
                    let name: String = name.chars().take(32).collect();
                    return Err(format!("{name:?} is unknown: use scope=, rules= or audience="));
                }
            }
        }
        if is_empty { Err("the query is empty: omit the question mark".to_owned()) } else { Ok(demand) }
    }
}

/// Separated by spaces; all are required. An empty list is not a demand.
pub fn scopes(value: &str) -> Result<Vec<Scope>, String> {
    let scopes: Result<Vec<Scope>, _> =
        value.split(' ').filter(|part| !part.is_empty()).map(str::parse).collect();
    let scopes = scopes.map_err(|error| format!("scope=: {error}"))?;
    if scopes.is_empty() { Err("scope= is empty".to_owned()) } else { Ok(scopes) }
}

/// As sent: the path is split before anything is decoded.
fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/realms/")?;
    let (_, rest) = rest.split_once('/')?;
    let below = rest.strip_prefix("forward-auth")?;
    (below.is_empty() || below.starts_with('/')).then_some(below)
}

fn is_demand(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    lower.contains(['=', '&']) || lower.contains("%3d") || lower.contains("%26")
}

/// Whether the text resembles the name of a demand.
fn is_name(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    ["scope", "rule", "audience"].iter().any(|name| lower.trim_end_matches('s') == *name) || lower == "aud"
}

/// A proxy that resolves dot segments would produce a different demand from the operator's.
fn refuse_dots(appended: &str) -> Result<(), String> {
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".").replace("%5c", "\\");
        plain.split('\\').any(|part| matches!(part.split(';').next(), Some("." | "..")))
    };
    let lower = appended.to_ascii_lowercase().replace("%2f", "/");
    match lower.split('/').any(is_dots) {
        true => Err("the original path contains dot segments".to_owned()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(scopes: &[&str], rules: Option<WireRules>, audience: Option<&str>) -> Demand {
        let scopes = scopes.iter().map(|scope| scope.parse().expect("a scope")).collect();
        Demand { scopes, rules, audience: audience.map(str::to_owned) }
    }

    fn read(uri: &str) -> Result<(Demand, String), String> {
        let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
        let asked = Asked::read(path, query)?;
        Ok((asked.demand, asked.appended.to_owned()))
    }

    #[test]
    fn demand_is_read_from_the_query_or_from_the_first_segment() {
        let any = || demand(&[], None, None);
        let (git, audience) = (Some(WireRules::Git), Some("https://a.example"));
        for (uri, expected, appended) in [
            ("", any(), ""),
            ("?scope=ci:read", demand(&["ci:read"], None, None), ""),
            ("?scope=ci:read+a:b&scope=c", demand(&["ci:read", "a:b", "c"], None, None), ""),
            ("?rules=git&audience=https%3A%2F%2Fa.example", demand(&[], git, audience), ""),
            ("/scope=ci:read", demand(&["ci:read"], None, None), ""),
            ("/scope=ci:read/", demand(&["ci:read"], None, None), "/"),
            (
                "/scope=ci:read+t%2Fn:b/some/path?scope=x&rules=y",
                demand(&["ci:read", "t/n:b"], None, None),
                "/some/path",
            ),
            (
                "/rules=git&audience=https:%2F%2Fa.example/a.git/HEAD?x",
                demand(&[], git, audience),
                "/a.git/HEAD",
            ),
            ("/scope=ci:read/scope=a:b/x", demand(&["ci:read"], None, None), "/scope=a:b/x"),
            ("/any", any(), ""),
            ("/any/path?scope=a", any(), "/path"),
            ("/", any(), "/"),
            ("/some/path?with=query", any(), "/some/path"),
        ] {
            assert_eq!(read(uri), Ok((expected, appended.to_owned())), "{uri}");
        }
    }

    #[test]
    fn what_could_be_an_overlooked_demand_is_refused() {
        for uri in [
            "?",
            "?&",
            "?scope=",
            "?scope",
            "?scope=%20",
            "?scopes=ci:read",
            "?Scope=ci:read",
            "?scope%20=ci:read",
            "?scope=ci:read&x=y",
            "?rules=",
            "?rules=svn",
            "?rules=git&rules=git",
            "?audience=a&audience=b",
            "?audience=",
            "?scope=ci:read&scope=",
            "?scope=ci:read,a:b",
            "?ci:read",
            "?required=ci:read",
            "/?scope=ci:read",
            "/?scopes=ci:read",
            "/?scope=",
            "/?rules=git",
            "/?x",
            "//?scope=ci:read",
            "/?",
            "/path?rules=git",
            "/path?SCOPE=a",
            "/path?audience=x",
            "/path?a=b&scopes=x",
            "/path?%73cope=a",
            "/scope/ci:read",
            "/Scopes/ci:read/path",
            "/rules/git/a.git",
            "/audience/x",
            "/scope",
            "/scope//x",
            "/scope=",
            "/scope=/ci:read",
            "/scopes=ci:read/x",
            "/scope%3Dci:read/x",
            "/scope=ci:read?scope=a",
            "/scope=ci:read?",
            "/any?scope=ci:read",
            "/=/x",
            "/x=y/z",
            "/&/x",
            "/rules=git&rules=git/x",
            "/scope=ci:read/../any/x",
            "/scope=ci:read/%2e%2E/any/x",
            "/scope=ci:read/a%2f..%2fany",
            "/scope=ci:read/..%5cany",
            "/scope=ci:read/..;x/any",
            "/scope=ci:read/./x",
            "/../x",
            "/any/..",
            "/scope=ci:read*",
        ] {
            assert!(read(uri).is_err(), "{uri}: {:?}", read(uri));
        }
    }
}
