//! An opaque token that the issuer has called active.

use claviger_contract::{MAX_TOKEN_BYTES, ScopeSet};
use uuid::Uuid;

use crate::refused::Refused;
use crate::requirement::Requirement;
use crate::token::NotOurs;

/// Evidence: only a verifier makes one, for a token that was active at that moment. Do not keep it longer than the
/// request: ask again.
#[derive(Clone, Debug)]
pub struct IntrospectedToken {
    client_id: Uuid,
    subject: Uuid,
    scopes: ScopeSet,
}

impl IntrospectedToken {
    pub(crate) fn new(client_id: Uuid, subject: Uuid, scopes: ScopeSet) -> Self {
        Self { client_id, subject, scopes }
    }

    /// The id of the token itself, which has no client.
    pub fn client_id(&self) -> Uuid {
        self.client_id
    }

    /// The member that the token acts for.
    pub fn subject(&self) -> Uuid {
        self.subject
    }

    /// What it may do now, in minimal form: without what another one implies. Use [`Self::require`] to decide.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// For a requirement that follows from the request, such as one on a single resource.
    ///
    /// # Errors
    ///
    /// [`Refused::InsufficientScope`].
    pub fn require(&self, needed: &Requirement) -> Result<(), Refused> {
        if needed.is_met_by(&self.scopes) {
            Ok(())
        } else {
            Err(Refused::InsufficientScope { needed: needed.clone() })
        }
    }
}

/// A text that may be an opaque token: every signed one has dots, and is judged by its signature alone.
pub(crate) fn opaque(unverified: &str) -> Result<&str, Refused> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~+/=".contains(&byte);
    let is_opaque = (1..=MAX_TOKEN_BYTES).contains(&unverified.len()) && unverified.bytes().all(is_plain);
    if is_opaque { Ok(unverified) } else { Err(NotOurs::Malformed.into()) }
}
