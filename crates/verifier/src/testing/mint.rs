//! A token of a test issuer, before it is signed.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use claviger_contract::{AccessTokenClaims, Position, RealmLabel};
use uuid::Uuid;

use crate::testing::signer::Signer;

/// Made by [`Issuer::mint`](crate::testing::Issuer::mint): by default a token for the whole realm, without scope, that lives for 15 minutes.
#[must_use = "a token is made by `sign`"]
pub struct Mint<'a> {
    signer: &'a Signer,
    claims: AccessTokenClaims,
}

impl<'a> Mint<'a> {
    pub(super) fn new(
        signer: &'a Signer,
        iss: String,
        realm: RealmLabel,
        (client_id, jti): (Uuid, String),
        (now, pos): (i64, u64),
    ) -> Self {
        let claims = AccessTokenClaims {
            aud: iss.clone(),
            iss,
            sub: client_id,
            client_id,
            iat: now,
            exp: now + 900,
            jti,
            scope: None,
            realm,
            groups: Vec::new(),
            pos: Position::new(pos),
        };
        Self { signer, claims }
    }

    /// The credential that it is issued to; by default one that no other token has.
    pub fn client_id(mut self, client_id: Uuid) -> Self {
        (self.claims.client_id, self.claims.sub) = (client_id, client_id);
        self
    }

    /// Scopes separated by spaces.
    pub fn scope(mut self, scope: &str) -> Self {
        self.claims.scope = Some(scope.to_owned());
        self
    }

    pub fn audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.claims.aud);
        self
    }

    pub fn groups(mut self, groups: &[&str]) -> Self {
        self.claims.groups = groups.iter().map(|&group| group.to_owned()).collect();
        self
    }

    /// Issued so many seconds ago; the lifetime stays.
    pub fn issued_ago(mut self, seconds: i64) -> Self {
        self.claims.iat -= seconds;
        self.claims.exp -= seconds;
        self
    }

    /// In seconds.
    pub fn lifetime(mut self, seconds: i64) -> Self {
        self.claims.exp = self.claims.iat + seconds;
        self
    }

    /// Any other change of the claims.
    pub fn change(mut self, change: impl FnOnce(&mut AccessTokenClaims)) -> Self {
        change(&mut self.claims);
        self
    }

    /// The token as clients send it.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    pub fn sign(self) -> String {
        let header = serde_json::to_string(&self.signer.header()).expect("a header");
        self.signer.sign(&header, &serde_json::to_string(&self.claims).expect("claims"))
    }
}
