//! Verifies untrusted text as a token signed by a key of the realm, as every verifier does.

use claviger_contract::CompactJwt;
use claviger_verifier::token::{Expected, Keys, PublicKey, SignedToken, TokenKind};

use crate::snapshot::RealmView;

impl Keys for RealmView {
    fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.find(kid).map(|key| &*key.verifying)
    }
}

pub fn verify(realm: &RealmView, text: &str) -> Option<SignedToken> {
    SignedToken::check(text, TokenKind::OwnAccess, expected(realm), realm).ok()
}

pub fn verify_refresh(realm: &RealmView, text: &str) -> Option<SignedToken> {
    SignedToken::check(text, TokenKind::OwnRefresh, expected(realm), realm).ok()
}

/// As [`verify`], for the exact bytes that a key of this issuer is known to have signed, which are therefore well
/// formed. Also returns the JSON of the claims.
pub(super) fn accept_signed(realm: &RealmView, text: &str) -> Option<(SignedToken, String)> {
    let compact = CompactJwt::split(text).ok()?;
    let kid = &realm.keys.find_by_header(compact.header)?.record.kid;
    SignedToken::dangerous_known_as_signed(compact, kid, expected(realm)).ok()
}

fn expected(realm: &RealmView) -> Expected<'_> {
    Expected { issuer: &realm.issuer, realm: &realm.record.label }
}
