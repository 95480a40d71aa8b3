//! The fixed name of a source credential, which scopes and addresses use.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use claviger_contract::Scope;
use serde::{Deserialize, Deserializer, Serialize};

use crate::records::names::Name;
use crate::records::resource::{InvalidResourceName, ResourceName};

/// The name of a resource of type `vault`: the scope `vault/{slug}:use` permits to resolve the credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be 1 to 128 of A-Z a-z 0-9 . _ -")]
pub struct InvalidSlug;

impl Slug {
    /// The type of the resource.
    pub const RESOURCE_TYPE: &str = "vault";
    /// The action that permits to resolve.
    pub const USE: &str = "use";
    /// The scope that permits to resolve every source credential of the realm.
    pub const USE_ALL: &str = "vault:use";

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn resource(&self) -> Result<ResourceName, InvalidResourceName> {
        ResourceName::new(Self::RESOURCE_TYPE, &self.0)
    }

    /// The scope that permits to resolve this credential.
    pub fn scope(&self) -> Option<Scope> {
        format!("{}/{}:{}", Self::RESOURCE_TYPE, self.0, Self::USE).parse().ok()
    }

    /// From a name, in lower case, with a hyphen for each run of other characters. `None` if nothing is left.
    pub fn of_name(name: &Name) -> Option<Self> {
        let lower = name.as_str().to_lowercase();
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").parse().ok()
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        if Scope::is_resource_name(text) { Ok(Self(text.into())) } else { Err(InvalidSlug) }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_of_a_name_has_its_letters_and_digits() {
        for (name, slug) in [
            ("GitHub main", Some("github-main")),
            ("  x  ".trim(), Some("x")),
            ("a_b (2)", Some("a-b-2")),
            ("夜間", None),
        ] {
            let name: Name = name.parse().expect(name);
            assert_eq!(Slug::of_name(&name).as_ref().map(Slug::as_str), slug);
        }
    }

    #[test]
    fn every_slug_names_a_resource_and_a_scope() {
        for text in ["a", "A.b_c-9", &"x".repeat(128)] {
            let slug: Slug = text.parse().expect(text);
            assert_eq!(slug.resource().expect("a resource").name(), text);
            assert_eq!(slug.scope().expect("a scope").as_str(), format!("vault/{text}:use"));
        }
        for text in ["", "a/b", "a b", &"x".repeat(129)] {
            assert_eq!(text.parse::<Slug>(), Err(InvalidSlug), "{text:?}");
        }
    }
}
