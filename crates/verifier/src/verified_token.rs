//! A token that was verified, and is accepted.

use std::fmt;
use std::sync::Arc;

use claviger_contract::{AccessTokenClaims, Scope, ScopeSet};
use uuid::Uuid;

use crate::refused::Refused;
use crate::requirement::Requirement;
use crate::revocations::Digest;
use crate::token::SignedToken;

/// Evidence: only a verifier makes one, for a token that was active at that moment. Do not keep it longer than the
/// request: verify again. Cheap to clone.
#[derive(Clone)]
pub struct VerifiedToken(Arc<Seen>);

/// A token with a right signature, and what is needed to judge it again.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) token: SignedToken,
    pub(crate) scopes: ScopeSet,
    pub(crate) subjects: Subjects,
}

/// What entries of the feed may speak of, if they speak of this token.
#[derive(Debug)]
pub(crate) struct Subjects {
    pub(crate) credential: Digest,
    pub(crate) token: Digest,
    /// That of the token itself, if its grant is its own.
    pub(crate) grant: Digest,
    pub(crate) key: Digest,
    pub(crate) resource_server: Digest,
}

impl Seen {
    pub(crate) fn new(token: SignedToken) -> Self {
        let claims = token.claims();
        let scopes = claims.scope.as_deref().unwrap_or_default().split(' ');
        let scopes = scopes.filter_map(|scope| scope.parse::<Scope>().ok()).collect();
        let subjects = Subjects {
            credential: Digest::of_credential(claims.client_id),
            token: Digest::of_token(&claims.jti),
            grant: Digest::of_token(claviger_contract::grant_of(&claims.jti)),
            key: Digest::of_key(token.kid()),
            resource_server: Digest::of_resource_server(&claims.aud),
        };
        Self { token, scopes, subjects }
    }

    /// An estimate of the memory that it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let claims = self.token.claims();
        let texts = [claims.iss.len(), claims.aud.len(), claims.jti.len(), self.token.kid().len()];
        let scope = claims.scope.as_ref().map_or(0, String::len);
        let groups = claims.groups.iter().map(|group| group.len() + size_of::<String>()).sum::<usize>();
        // Each scope is a pointer with its length, and an allocation with two counters.
        let scopes = self.scopes.iter().map(|scope| scope.as_str().len() + 32).sum::<usize>();
        size_of::<Self>() + texts.iter().sum::<usize>() + scope + groups + scopes
    }
}

impl VerifiedToken {
    pub(crate) fn new(seen: Arc<Seen>) -> Self {
        Self(seen)
    }

    /// All claims (RFC 9068 §2.2).
    pub fn claims(&self) -> &AccessTokenClaims {
        self.0.token.claims()
    }

    /// The client that the token was issued to, which is also its subject.
    pub fn client_id(&self) -> Uuid {
        self.claims().client_id
    }

    /// In minimal form: without what another one implies. Use [`Self::require`] to decide.
    pub fn scopes(&self) -> &ScopeSet {
        &self.0.scopes
    }

    /// For a requirement that follows from the request, such as one on a single resource.
    ///
    /// # Errors
    ///
    /// [`Refused::InsufficientScope`].
    pub fn require(&self, needed: &Requirement) -> Result<(), Refused> {
        if needed.is_met_by(&self.0.scopes) {
            Ok(())
        } else {
            Err(Refused::InsufficientScope { needed: needed.clone() })
        }
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claims = self.claims();
        f.debug_struct("VerifiedToken")
            .field("client_id", &claims.client_id)
            .field("jti", &claims.jti)
            .field("scopes", &self.0.scopes)
            .finish_non_exhaustive()
    }
}
