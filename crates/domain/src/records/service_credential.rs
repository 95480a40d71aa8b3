//! Clients of the realm itself: validity, token lifetime, groups and resources.

use claviger_contract::{Position, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::ids::{Id, Is};
use crate::log::actor::Actor;
use crate::records::built_in_scope::AdminScopes;
use crate::records::grant::ResourceGrant;
use crate::records::names::{Description, Name};
use crate::records::secrets::secret_digest::SecretDigest;
use crate::records::status::{Term, first_end};
use crate::records::usage::Used;
use crate::records::validity::{TokenLifetime, Validity};

/// Also its client id.
pub type ServiceCredentialId = Id<ServiceCredential>;

impl Is<Client> for ServiceCredential {}
impl Is<Used> for ServiceCredential {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCredential {
    pub id: ServiceCredentialId,
    pub name: Name,
    pub description: Description,
    pub key_digest: SecretDigest,
    pub validity: Validity,
    pub token_lifetime: TokenLifetime,
    /// Sorted.
    pub groups: Vec<Name>,
    /// Sorted by resource.
    pub resources: Vec<ResourceGrant>,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub updated_at: Timestamp,
    pub updated_by: Actor,
    /// What it may administer. It then has no groups and resources.
    #[serde(default, skip_serializing_if = "AdminScopes::is_unset")]
    pub admin_scopes: AdminScopes,
    /// The credential that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ServiceCredentialId>,
    /// Set on a replaced credential: from this second on it is refused, even if it was never revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_ends_at: Option<Timestamp>,
    pub revocation: Option<CredentialRevocation>,
}

/// Revocation is final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRevocation {
    pub at: Timestamp,
    pub by: Actor,
    pub position: Position,
}

#[derive(Debug, PartialEq, Eq)]
pub struct AlreadyRevoked {
    pub position: Position,
}

impl ServiceCredential {
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.validity.expires_at(self.created_at)
    }

    /// The end of its validity, or of the overlap with its successor if that is earlier.
    fn ends_at(&self) -> Option<Timestamp> {
        first_end(self.expires_at(), self.overlap_ends_at)
    }

    pub fn term(&self) -> Term {
        Term { is_revoked: self.revocation.is_some(), ends_at: self.ends_at() }
    }

    pub fn revoke(self, at: Timestamp, by: Actor, position: Position) -> Result<Self, AlreadyRevoked> {
        match self.revocation {
            Some(revocation) => Err(AlreadyRevoked { position: revocation.position }),
            None => Ok(Self { revocation: Some(CredentialRevocation { at, by, position }), ..self }),
        }
    }
}
