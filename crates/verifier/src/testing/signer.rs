//! Signs what a test issuer says.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenHeader, JsonWebKey, JsonWebKeySet, TOKEN_TYPE};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

/// A new key, and the randomness of the system.
pub(super) struct Signer {
    key: EcdsaKeyPair,
    public: JsonWebKey,
    random: SystemRandom,
}

impl Signer {
    pub(super) fn new() -> Self {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a new key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .expect("the key that was just made");
        let public = public_key(&key);
        Self { key, public, random }
    }

    pub(super) fn header(&self) -> AccessTokenHeader {
        AccessTokenHeader {
            typ: TOKEN_TYPE.to_owned(),
            alg: self.public.alg.clone(),
            kid: self.public.kid.clone(),
        }
    }

    pub(super) fn key_set(&self) -> String {
        serde_json::to_string(&JsonWebKeySet { keys: vec![self.public.clone()] }).expect("a key set")
    }

    pub(super) fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(super) fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes).expect("randomness");
        bytes
    }
}

fn public_key(key: &EcdsaKeyPair) -> JsonWebKey {
    let point = key.public_key().as_ref();
    let coordinate = |from: usize| {
        URL_SAFE_NO_PAD.encode(point.get(from..from + 32).expect("an uncompressed point of P-256"))
    };
    let (x, y) = (coordinate(1), coordinate(33));
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    JsonWebKey {
        kty: "EC".to_owned(),
        key_use: "sig".to_owned(),
        alg: "ES256".to_owned(),
        kid: URL_SAFE_NO_PAD.encode(digest(&SHA256, thumbprint.as_bytes())),
        crv: Some("P-256".to_owned()),
        x: Some(x),
        y: Some(y),
        n: None,
        e: None,
    }
}
