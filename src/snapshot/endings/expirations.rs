//! Everything in a realm that is active and ends by itself.

use std::collections::BTreeMap;
use std::fmt::Display;

use claviger_contract::Timestamp;

use crate::crypto::encoded_certificate_not_after;
use crate::snapshot::realm_view::RealmView;
use claviger_domain::{ExpirationCause, ExpirationKind, Member, MemberTokenKind};

/// An object of a realm, and its end.
pub struct Expiration<'a> {
    pub kind: ExpirationKind,
    pub id: &'a dyn Display,
    pub name: &'a dyn Display,
    pub expires_at: Timestamp,
    pub cause: ExpirationCause,
    pub owner: Option<&'a Member>,
}

impl RealmView {
    /// In no particular order. The cost is proportional to the size of the realm.
    pub fn for_each_expiration(&self, now: Timestamp, mut visit: impl FnMut(&Expiration<'_>)) {
        let mut visit = |expiration: Expiration<'_>| {
            if expiration.expires_at > now {
                visit(&expiration);
            }
        };
        for (id, known) in &self.credentials {
            if known.revoked.is_none()
                && let Some((expires_at, cause)) = with_cause(known.ends_at(), known.overlap_ends_at)
            {
                let kind = ExpirationKind::ServiceCredential;
                visit(Expiration { kind, id, name: &known.name, expires_at, cause, owner: None });
            }
        }
        for token in self.member_tokens.values() {
            let Some(owner) = self.live_owner(token, now) else { continue };
            let kind = match token.kind {
                MemberTokenKind::ApiToken => ExpirationKind::ApiToken,
                MemberTokenKind::PersonalAccessToken => ExpirationKind::PersonalAccessToken,
                // Nobody needs to renew it.
                MemberTokenKind::Session => continue,
            };
            visit(Expiration {
                kind,
                id: &token.id,
                name: &token.description,
                expires_at: token.expires_at,
                cause: ExpirationCause::Validity,
                owner: Some(owner),
            });
        }
        for known in self.applications.values() {
            let record = &known.record;
            if let Some(owner) = self.live_holder(known, now)
                && let Some((expires_at, cause)) = with_cause(record.ends_at(), record.overlap_ends_at)
            {
                let kind = ExpirationKind::ApplicationCredential;
                visit(Expiration {
                    kind,
                    id: &record.id,
                    name: &record.name,
                    expires_at,
                    cause,
                    owner: Some(owner),
                });
            }
        }
        self.visit_others(visit);
    }

    /// Of each kind and cause, the end that comes first. The cost is that of [`Self::for_each_expiration`].
    pub fn next_expirations(&self, now: Timestamp) -> BTreeMap<(ExpirationKind, ExpirationCause), Timestamp> {
        let mut next = BTreeMap::new();
        self.for_each_expiration(now, |expiration| {
            let key = (expiration.kind, expiration.cause);
            let first = next.entry(key).or_insert(expiration.expires_at);
            *first = expiration.expires_at.min(*first);
        });
        next
    }

    /// How many objects [`Self::for_each_expiration`] looks at, but for the few of other kinds.
    pub fn count_that_may_expire(&self) -> usize {
        self.credentials.len() + self.member_tokens.len() + self.applications.len()
    }

    /// Of which there are few.
    fn visit_others(&self, mut visit: impl FnMut(Expiration<'_>)) {
        for (id, known) in self.vault.credentials() {
            if let Some(expires_at) = known.expires_at {
                let (kind, cause) = (ExpirationKind::SourceCredential, ExpirationCause::Validity);
                visit(Expiration { kind, id, name: &known.name, expires_at, cause, owner: None });
            }
        }
        for server in self.servers.iter() {
            if let Some(expires_at) = server.record.overlap_ends_at {
                let (kind, cause) = (ExpirationKind::ResourceServer, ExpirationCause::Overlap);
                let (id, name) = (&server.record.id, &server.record.name);
                visit(Expiration { kind, id, name, expires_at, cause, owner: None });
            }
        }
        for key in self.keys.iter() {
            if let Some(expires_at) = key.record.ends_at() {
                let (kind, cause) = (ExpirationKind::SigningKey, ExpirationCause::Retired);
                let (id, name) = (&key.record.kid, &key.record.algorithm);
                visit(Expiration { kind, id, name, expires_at, cause, owner: None });
            }
        }
        for key in [self.keys.registry_authority(), self.keys.registry()].into_iter().flatten() {
            let end = key.record.certificate.as_deref().and_then(encoded_certificate_not_after);
            if let Some(expires_at) = end {
                let (kind, cause) = (ExpirationKind::RegistryKey, ExpirationCause::Certificate);
                let (id, name) = (&key.record.kid, &key.record.algorithm);
                visit(Expiration { kind, id, name, expires_at, cause, owner: None });
            }
        }
    }
}

/// Of an object that ends at `ends_at`. One with a successor needs no other, whatever ends first.
fn with_cause(
    ends_at: Option<Timestamp>,
    overlap_ends_at: Option<Timestamp>,
) -> Option<(Timestamp, ExpirationCause)> {
    let cause = overlap_ends_at.map_or(ExpirationCause::Validity, |_| ExpirationCause::Overlap);
    ends_at.map(|end| (end, cause))
}
