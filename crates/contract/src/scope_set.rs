//! A set of scopes in minimal form: implied scopes are omitted.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::scope::Scope;

/// Sorted, without duplicates and without scopes that another member implies. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ScopeSet(Arc<[Scope]>);

impl ScopeSet {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// Whether some member implies `wanted`.
    pub fn covers(&self, wanted: &Scope) -> bool {
        self.0.iter().any(|held| held.implies(wanted))
    }

    pub fn covers_all(&self, wanted: &ScopeSet) -> bool {
        wanted.iter().all(|scope| self.covers(scope))
    }

    /// The scopes that both sides allow: every member of one that the other covers.
    #[must_use]
    pub fn intersection(&self, other: &ScopeSet) -> ScopeSet {
        let mine = self.iter().filter(|scope| other.covers(scope));
        let theirs = other.iter().filter(|scope| self.covers(scope));
        mine.chain(theirs).cloned().collect()
    }

    /// The length of the text form in bytes, to which limits on `scope` apply.
    pub fn text_len(&self) -> usize {
        self.0.iter().map(|scope| scope.as_str().len() + 1).sum::<usize>().saturating_sub(1)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut all: Vec<Scope> = scopes.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        let minimal: Vec<Scope> = all
            .iter()
            .filter(|scope| !all.iter().any(|other| other != *scope && other.implies(scope)))
            .cloned()
            .collect();
        Self(minimal.into())
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Scope>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Space-separated, as on the OAuth wire (RFC 6749 §3.3).
impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(text: &str) -> ScopeSet {
        text.split_whitespace().map(|scope| scope.parse().expect(scope)).collect()
    }

    #[test]
    fn implied_scopes_are_left_out() {
        assert_eq!(set("a:read a:read-update a/x:read b:read b:read").to_string(), "a:read-update b:read");
    }

    #[test]
    fn intersection_keeps_the_narrower_side() {
        let token = set("source:read ci:read-update");
        let owner = set("source:read-update ci:read");
        assert_eq!(token.intersection(&owner), set("source:read ci:read"));
    }

    fn any_set() -> impl Strategy<Value = ScopeSet> {
        let scope =
            ("[ab]", prop::option::of("[xy]"), prop::sample::select(vec!["read", "read-update", "create"]));
        let text = scope.prop_map(|(kind, name, action)| match name {
            Some(name) => format!("{kind}/{name}:{action}"),
            None => format!("{kind}:{action}"),
        });
        prop::collection::vec(text, 0..6).prop_map(|all| set(&all.join(" ")))
    }

    proptest! {
        #[test]
        fn intersection_never_exceeds_either_side(left in any_set(), right in any_set()) {
            let both = left.intersection(&right);
            prop_assert!(left.covers_all(&both));
            prop_assert!(right.covers_all(&both));
        }

        #[test]
        fn minimal_set_is_minimal_and_text_length_is_exact(any in any_set()) {
            for scope in &any {
                prop_assert!(!any.iter().any(|other| other != scope && other.implies(scope)));
            }
            prop_assert_eq!(any.text_len(), any.to_string().len());
        }
    }
}
