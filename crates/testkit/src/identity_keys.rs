//! Keys of an identity provider, which sign whatever a test gives them.

use std::process::Command;

use claviger::crypto::{GeneratedKey, KeyPair, PemKey, accept_key, generate_key, install_signature_provider};
use claviger_contract::JsonWebKey;
use claviger_domain::Algorithm;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::jwt::encode;

/// A private key and what is published of it.
pub struct IdentityKey {
    pub public: JsonWebKey,
    pair: KeyPair,
}

impl IdentityKey {
    /// Under this key id.
    pub fn new(algorithm: Algorithm, kid: &str) -> Self {
        install_signature_provider();
        let GeneratedKey { mut public, pkcs8 } = match algorithm {
            Algorithm::Es256 | Algorithm::EdDsa => generate_key(algorithm).expect("a key"),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let pkcs8 = PemKey::new(rsa_key()).into_pkcs8(algorithm).expect("a document");
                accept_key(algorithm, pkcs8).expect("an RSA key")
            }
        };
        kid.clone_into(&mut public.kid);
        let pair = KeyPair::new(algorithm, kid, pkcs8).expect("a pair");
        Self { public, pair }
    }

    pub fn header(&self) -> Value {
        json!({"alg": self.public.alg, "kid": self.public.kid, "typ": "JWT"})
    }

    /// A token of these claims, with the header that belongs to the key.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_text(&self.header().to_string(), &claims.to_string())
    }

    /// Header and claims are JSON of any content. The signature is always that of the key's own algorithm.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let claims = RawValue::from_string(claims.to_owned()).expect("JSON");
        self.pair.sign_under(&encode(header), &claims).expect("a token")
    }
}

fn rsa_key() -> String {
    let arguments = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let made = Command::new("openssl").args(arguments).output().expect("openssl is there");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("PEM")
}
