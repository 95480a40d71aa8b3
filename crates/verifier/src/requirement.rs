//! What a route asks of a token.

use claviger_contract::{InvalidScope, ScopeSet};

/// The scopes that a token must have, all of them. A scope may be implied: `source:read-update` implies `source:read`,
/// and `source:read` implies `source/one:read`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement(ScopeSet);

impl Requirement {
    /// Any active token for this audience.
    #[must_use]
    pub fn any_token() -> Self {
        Self::default()
    }

    /// Scopes separated by one space, as in RFC 6749 §3.3.
    ///
    /// ```
    /// use claviger_verifier::Requirement;
    ///
    /// let needed = Requirement::scopes("source:read ci:read")?;
    /// assert_eq!(needed.to_string(), "ci:read source:read");
    /// assert!(Requirement::scopes("Source:read").is_err());
    /// # Ok::<(), claviger_verifier::InvalidScope>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a part is no scope. An empty text has no valid part: use [`Self::any_token`].
    pub fn scopes(text: &str) -> Result<Self, InvalidScope> {
        text.split(' ').map(str::parse).collect::<Result<ScopeSet, _>>().map(Self)
    }

    pub(crate) fn is_met_by(&self, held: &ScopeSet) -> bool {
        held.covers_all(&self.0)
    }

    /// The scopes in minimal form.
    pub fn as_scopes(&self) -> &ScopeSet {
        &self.0
    }
}

impl std::fmt::Display for Requirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
