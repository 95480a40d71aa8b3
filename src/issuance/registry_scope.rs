//! Scopes that a container registry's client requests: `repository:name:pull,push`.

use claviger_contract::{RealmLabel, Scope, ScopeSet};
use serde::Serialize;

/// One entry of the claim `access`, as registries parse it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Access {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: String,
    pub actions: Vec<&'static str>,
}

const PULL: &str = "containers:read";
const PUSH: &str = "containers:read-update";

/// Registries themselves refuse longer names.
const MAX_NAME_LENGTH: usize = 255;

/// Whether the scopes allow pulling from or pushing to any repository.
pub fn may_anything(held: &ScopeSet) -> bool {
    may(held).iter().any(|(_, may)| *may)
}

fn may(held: &ScopeSet) -> [(&'static str, bool); 2] {
    let holds = |scope: &str| scope.parse::<Scope>().is_ok_and(|scope| held.covers(&scope));
    [("pull", holds(PULL)), ("push", holds(PUSH))]
}

/// The part of the request that is granted. Granting less is no error, and nothing else is ever granted.
pub fn granted<'a>(
    realm: &RealmLabel,
    held: &ScopeSet,
    asked: impl IntoIterator<Item = &'a str>,
) -> Vec<Access> {
    let may = may(held);
    let mut all: Vec<Access> = Vec::new();
    for (name, actions) in asked.into_iter().flat_map(|text| text.split(' ')).filter_map(repository) {
        if !is_below(realm, name) {
            continue;
        }
        let wanted = |action: &str| actions.split(',').any(|one| one == action || one == "*");
        let actions = may.iter().filter(|(action, may)| *may && wanted(action)).map(|(action, _)| *action);
        match all.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                for action in actions {
                    if !known.actions.contains(&action) {
                        known.actions.push(action);
                    }
                }
            }
            None => {
                all.push(Access { kind: "repository", name: name.to_owned(), actions: actions.collect() })
            }
        }
    }
    all.retain(|access| !access.actions.is_empty());
    all
}

/// Splits into name and actions, from the right, because a name may contain colons. A class in brackets is ignored.
fn repository(text: &str) -> Option<(&str, &str)> {
    let (rest, actions) = text.rsplit_once(':')?;
    let (kind, name) = rest.split_once(':')?;
    let kind = kind.split_once('(').map_or(kind, |(kind, _)| kind);
    (kind == "repository" && is_repository(name)).then_some((name, actions))
}

fn is_below(realm: &RealmLabel, name: &str) -> bool {
    name.strip_prefix(realm.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// Components of lower-case letters and digits, joined by slashes. Within a component `.`, `_`, `__` or hyphens
/// separate.
fn is_repository(name: &str) -> bool {
    name.len() <= MAX_NAME_LENGTH && name.split('/').all(is_component)
}

fn is_component(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends_plain = bytes.first().copied().is_some_and(plain) && bytes.last().copied().is_some_and(plain);
    let separators = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    ends_plain
        && separators
            .filter(|part| !part.is_empty())
            .all(|part| matches!(part, "." | "_" | "__") || part.bytes().all(|byte| byte == b'-'))
}

/// In the form of the response.
pub fn as_text(granted: &[Access]) -> String {
    let each = granted.iter().map(|one| format!("{}:{}:{}", one.kind, one.name, one.actions.join(",")));
    each.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(held: &[&str], asked: &[&str]) -> String {
        let held = held.iter().map(|scope| scope.parse().expect("a scope")).collect();
        as_text(&granted(&"acme".parse().expect("a label"), &held, asked.iter().copied()))
    }

    // O33, DK-03, DK-06
    #[test]
    fn what_is_asked_and_held_is_granted_and_nothing_else() {
        let both = &["repository:acme/app:pull,push"][..];
        assert_eq!(text(&["containers:read-update"], both), "repository:acme/app:pull,push");
        assert_eq!(text(&["containers:read"], both), "repository:acme/app:pull");
        assert_eq!(text(&["ci:read"], both), "");
        assert_eq!(text(&["containers:read"], &["repository:acme/app:push"]), "");
        let all = "repository:acme/app:*";
        assert_eq!(text(&["containers:read-update"], &[all]), "repository:acme/app:pull,push");
        assert_eq!(text(&["containers:read-update"], &["repository:acme/app:delete"]), "");
        let mount = ["repository:acme/app:pull,push", "repository:acme/base:pull"];
        assert_eq!(text(&["containers:read-update"], &mount), mount.join(" "));
        assert_eq!(text(&["containers:read-update"], &[&mount.join(" ")]), mount.join(" "));
        let twice = ["repository:acme/app:pull", "repository:acme/app:push,pull"];
        assert_eq!(text(&["containers:read-update"], &twice), "repository:acme/app:pull,push");
        assert_eq!(
            text(&["containers:read"], &["repository(plugin):acme/app:pull"]),
            "repository:acme/app:pull"
        );
    }

    // DK-04
    #[test]
    fn names_that_are_none_or_not_the_realms_are_not_granted() {
        let long = format!("repository:acme/{}:pull", "a".repeat(300));
        for asked in [
            "registry:catalog:*",
            "repository:other/app:pull",
            "repository:acme:pull",
            "repository:acmes/app:pull",
            "repository:acme/../other/app:pull",
            "repository:acme/App:pull",
            "repository:acme//app:pull",
            "repository:acme/app/:pull",
            "repository:/acme/app:pull",
            "repository:acme/-app:pull",
            "repository:acme/a___b:pull",
            "repository:acme/a..b:pull",
            "repository:host:5000/acme/app:pull",
            "repository:acme/app:5000:pull",
            "repository:acme/é:pull",
            "repository:acme/app",
            "repository::pull",
            "repository",
            "::",
            "",
            &long,
        ] {
            assert_eq!(text(&["containers:read-update"], &[asked]), "", "{asked}");
        }
        for name in ["acme/a", "acme/a.b_c__d--e/f0"] {
            let asked = format!("repository:{name}:pull");
            assert_eq!(text(&["containers:read"], &[&asked]), asked);
        }
    }

    proptest! {
        #[test]
        fn nothing_outside_the_realm_and_no_other_action_is_ever_granted(asked in "\\PC{0,80}|repository:[a-z/.:]{0,30}:[a-z,*]{0,12}") {
            let held: ScopeSet = [PUSH].iter().map(|scope| scope.parse().expect("a scope")).collect();
            for access in granted(&"acme".parse().expect("a label"), &held, [asked.as_str()]) {
                prop_assert!(access.name.starts_with("acme/"));
                prop_assert!(access.actions.iter().all(|action| ["pull", "push"].contains(action)));
            }
        }
    }
}
