//! What this process alone knows of a sign-in, so that a code that others see is worth nothing to them (RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// Without `Debug`.
pub struct ProofKey {
    verifier: Zeroizing<String>,
    /// By which the answer of the browser is recognized.
    state: String,
}

impl ProofKey {
    pub fn generate() -> Result<Self, Failure> {
        Ok(Self { verifier: random_text()?, state: random_text()?.to_string() })
    }

    /// Sent with the code, to the server alone.
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// RFC 7636 §4.2, `S256`.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.as_bytes()))
    }

    pub fn state(&self) -> &str {
        &self.state
    }
}

/// 256 bits.
fn random_text() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    let filled = SystemRandom::new().fill(bytes.as_mut());
    filled.map_err(|_| Failure::new(Exit::Failure, "the system gives no random bytes"))?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn challenge_is_that_of_the_standard() {
        let verifier = Zeroizing::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let key = ProofKey { verifier, state: String::new() };
        assert_eq!(key.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn keys_differ() {
        let [one, other] = [(); 2].map(|()| ProofKey::generate().expect("random bytes"));
        assert_ne!(one.verifier(), other.verifier());
        assert_ne!(one.state(), other.state());
        assert_ne!(one.verifier(), one.state());
        assert_eq!(one.verifier().len(), 43);
    }
}
