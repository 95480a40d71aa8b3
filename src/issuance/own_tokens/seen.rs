//! Finds a presented token in the cache, or verifies it.

use std::sync::Arc;

use claviger_contract::CompactJwt;

use crate::crypto::sha256;
use crate::issuance::own_tokens::cache::{Seen, TokenCache};
use crate::issuance::own_tokens::verify::{accept_signed, verify};
use crate::snapshot::{HeadLooks, RealmView};

/// A token signed by a key of this realm. Whether it is active must still be checked.
pub fn seen(tokens: &TokenCache, realm: &RealmView, token: &str, looks: HeadLooks) -> Option<Arc<Seen>> {
    let fingerprint = sha256(token.as_bytes());
    if let Some(seen) = tokens.find(&fingerprint) {
        // The cache is shared by all realms, and keys are added and removed.
        let is_of_realm = seen.token.claims().realm == realm.record.label;
        return (is_of_realm && realm.keys.find(seen.token.kid()).is_some()).then_some(seen);
    }
    let (token, claims) = match tokens.is_signed(&fingerprint) {
        true => accept_signed(realm, token)?,
        false => {
            let verified = verify(realm, token)?;
            tokens.note_verified(realm, fingerprint);
            (verified, CompactJwt::split(token).and_then(|compact| compact.claims_json()).ok()?)
        }
    };
    let active_answer = active_answer(&claims)?;
    let seen = Arc::new(Seen { token, active_answer, first_seen: looks.begun });
    tokens.keep(realm, fingerprint, &seen);
    Some(seen)
}

/// Every claim becomes a member of the response under the same name (RFC 7662 §2.2), after two fixed members.
fn active_answer(claims: &str) -> Option<Arc<str>> {
    let members = claims.strip_prefix('{')?;
    Some([r#"{"active":true,"token_type":"Bearer","#, members].concat().into())
}
