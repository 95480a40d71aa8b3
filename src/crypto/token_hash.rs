//! Comparisons of what the tokens of other issuers contain.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, SHA512, digest};
use ring::hmac;

use claviger_domain::Algorithm;

/// The left half of the digest that the algorithm of the ID token uses, in base64url (OpenID Connect Core §3.1.3.6).
pub fn token_hash(algorithm: Algorithm, token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 => digest(&SHA256, token.as_bytes()),
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        Algorithm::EdDsa => digest(&SHA512, token.as_bytes()),
    };
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// Takes the same time for every wrong text.
pub fn is_same_text(presented: &str, expected: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"comparison");
    let expected = hmac::sign(&key, expected.as_bytes());
    hmac::verify(&key, presented.as_bytes(), expected.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of OpenID Connect Core, appendix A.3.
    #[test]
    fn hash_is_that_of_the_standard() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(token_hash(Algorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(token_hash(Algorithm::EdDsa, token).len(), 43);
    }

    #[test]
    fn texts_are_the_same_only_if_they_are_equal() {
        assert!(is_same_text("a", "a"));
        for other in ["", "b", "aa", "A"] {
            assert!(!is_same_text(other, "a"), "{other}");
        }
    }
}
