//! One scope (RFC 6749 §3.3) in the three forms that this issuer supports.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::realm_label::RealmLabel;

/// `type:action`, `type/name:action` or a bare `word`.
///
/// type, action, word: `[a-z][a-z0-9_-]{0,63}`; name: `[A-Za-z0-9._-]{1,128}`. Case-sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Scope(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a scope is type:action, type/name:action or a word; type, action and word are a-z followed by up to 63 of a-z 0-9 _ -"
)]
pub struct InvalidScope;

/// The only implication between actions: permission to change includes permission to read.
const UPDATE: &str = "read-update";
const READ: &str = "read";

impl Scope {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Also accepts the long form `<own realm>:type:action`, and stores the short form.
    pub fn parse_in(realm: &RealmLabel, text: &str) -> Result<Self, InvalidScope> {
        let short = text
            .strip_prefix(realm.as_str())
            .and_then(|rest| rest.strip_prefix(':'))
            .filter(|rest| rest.contains(':'));
        short.unwrap_or(text).parse()
    }

    /// As [`Self::parse_in`], where the realm may be unknown.
    pub fn parse_for(realm: Option<&RealmLabel>, text: &str) -> Result<Self, InvalidScope> {
        match realm {
            Some(realm) => Self::parse_in(realm, text),
            None => text.parse(),
        }
    }

    /// The scope of one action on one resource; the parts were checked when the resource was registered.
    pub fn on_resource(resource_type: &str, name: &str, action: &str) -> Result<Self, InvalidScope> {
        format!("{resource_type}/{name}:{action}").parse()
    }

    /// `None` for a bare word.
    pub fn action(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, action)| action)
    }

    /// The type and name of the resource of this scope, if any.
    pub fn resource(&self) -> Option<(&str, &str)> {
        let (target, _) = self.0.split_once(':')?;
        target.split_once('/')
    }

    /// The registered scope that this one is an instance of: `type:action`, or the word itself.
    pub fn registered_form(&self) -> Scope {
        match (self.resource(), self.action()) {
            (Some((resource_type, _)), Some(action)) => Scope(format!("{resource_type}:{action}").into()),
            _ => self.clone(),
        }
    }

    /// Whether a holder of `self` needs no further grant to use `other`.
    ///
    /// `x:read-update` implies `x:read`, and `type:action` covers `type/name:action`. The two compose; there are no
    /// other implications.
    pub fn implies(&self, other: &Scope) -> bool {
        if self == other {
            return true;
        }
        let (Some((target, action)), Some((other_target, other_action))) =
            (self.0.split_once(':'), other.0.split_once(':'))
        else {
            return false;
        };
        let action_covers = action == other_action || (action == UPDATE && other_action == READ);
        let target_covers =
            target == other_target || other_target.split_once('/').is_some_and(|(kind, _)| kind == target);
        action_covers && target_covers
    }

    /// `type`, `action` and bare words share this grammar.
    pub fn is_word(text: &str) -> bool {
        let bytes = text.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
    }

    /// The grammar of a resource's name.
    pub fn is_resource_name(text: &str) -> bool {
        (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let well_formed = match text.split_once(':') {
            None => Self::is_word(text),
            Some((target, action)) => {
                Self::is_word(action)
                    && match target.split_once('/') {
                        None => Self::is_word(target),
                        Some((kind, name)) => Self::is_word(kind) && Self::is_resource_name(name),
                    }
            }
        };
        if well_formed { Ok(Self(text.into())) } else { Err(InvalidScope) }
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Borrow<str> for Scope {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        text.parse().expect(text)
    }

    #[test]
    fn the_three_forms_parse_and_others_do_not() {
        for good in ["studio:view", "studio/studio-1:view", "studio/A.b_c-9:x", "admin", "a:b-c_d"] {
            assert_eq!(scope(good).as_str(), good);
        }
        for bad in [
            "", ":", "a:", ":b", "A:b", "a:B", "a/:b", "a//b:c", "a:b:c", "9a", "a b", "é", "a/b", "*",
            "a:*", "a\"b",
        ] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }

    #[test]
    fn long_form_of_the_own_realm_is_kept_short() {
        let acme: RealmLabel = "acme".parse().expect("a label");
        assert_eq!(Scope::parse_in(&acme, "acme:source:read"), Ok(scope("source:read")));
        assert_eq!(Scope::parse_in(&acme, "acme:source/x:read"), Ok(scope("source/x:read")));
        assert_eq!(Scope::parse_in(&acme, "acme:read"), Ok(scope("acme:read")));
        assert!(Scope::parse_in(&acme, "other:source:read").is_err());
    }

    #[test]
    fn implications_are_read_update_and_type_over_name_and_their_composition() {
        for (holder, wanted, expected) in [
            ("a:read-update", "a:read", true),
            ("a:read", "a:read-update", false),
            ("a:read", "a/x:read", true),
            ("a/x:read", "a:read", false),
            ("a:read-update", "a/x:read", true),
            ("a/x:read-update", "a/x:read", true),
            ("a/x:read-update", "a/y:read", false),
            ("a:create", "a:read", false),
            ("a:delete", "a:read", false),
            ("ab:read", "a:read", false),
            ("word", "word", true),
            ("word", "word:read", false),
        ] {
            assert_eq!(scope(holder).implies(&scope(wanted)), expected, "{holder} over {wanted}");
        }
    }
}
