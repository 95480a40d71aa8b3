//! What a decision needs of a service credential, and no more: a million of these are in memory.

use std::sync::Arc;

use claviger_contract::{Position, ScopeSet, Standing, Timestamp};

use super::shared_grants::Grants;
use crate::domain::{
    Group, Name, ResourceGrant, SecretDigest, ServiceCredential, TokenLifetime, effective_scopes,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub name: Name,
    pub key_digest: SecretDigest,
    pub expires_at: Option<Timestamp>,
    pub token_lifetime: TokenLifetime,
    pub groups: Arc<[Name]>,
    pub resources: Arc<[ResourceGrant]>,
    /// Computed when something changes, never per request.
    pub scopes: ScopeSet,
    /// Tokens from before it are dead.
    pub cut: Position,
    pub revoked: Option<Position>,
}

impl Credential {
    /// `grants` are the record's, worked out by the realm's groups.
    pub fn new(record: &ServiceCredential, cut: Position, grants: Grants) -> Self {
        let Grants { groups, resources, scopes } = grants;
        Self {
            name: record.name.clone(),
            key_digest: record.key_digest,
            expires_at: record.expires_at(),
            token_lifetime: record.token_lifetime,
            groups,
            resources,
            scopes,
            cut,
            revoked: record.revocation.as_ref().map(|revocation| revocation.position),
        }
    }

    /// Neither revoked nor past its validity.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.is_live(now) { Standing::Live { cut: self.cut } } else { Standing::Dead }
    }
}

pub fn scopes_of(
    groups: &imbl::OrdMap<Name, Arc<Group>>,
    names: &[Name],
    resources: &[ResourceGrant],
) -> ScopeSet {
    effective_scopes(names.iter().filter_map(|name| groups.get(name)).map(|group| &**group), resources)
}
