//! The keys with which a provider signs.

use claviger_contract::JsonWebKey;
use claviger_verifier::token::PublicKey;
use serde_json::{Map, Value};

use crate::sign_in::algorithm_name::algorithm_named;
use crate::sign_in::failure::{Endpoint, ProviderFault};
use claviger_domain::Algorithm;

/// Further keys are ignored.
const MAX_KEYS: usize = 100;

pub struct ProviderKeys(Vec<ProviderKey>);

/// One public key for one algorithm. An RSA key that names none is two of these.
struct ProviderKey {
    kid: Option<String>,
    key: PublicKey,
}

impl ProviderKeys {
    /// Keys of other types, for other uses and of unknown algorithms are ignored, and so are damaged ones: a provider may
    /// publish them for others.
    pub fn read(members: &Map<String, Value>) -> Result<Self, ProviderFault> {
        let keys = members.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(ProviderFault::Malformed(Endpoint::Keys, "has no keys"))?;
        let read: Vec<ProviderKey> = keys.iter().take(MAX_KEYS).flat_map(read_key).collect();
        if read.is_empty() { Err(ProviderFault::NoKey) } else { Ok(Self(read)) }
    }

    /// The key that a token's header means. Without a `kid` there must be only one for the algorithm.
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&PublicKey> {
        let mut fitting = self.0.iter().filter(|known| {
            known.key.algorithm() == algorithm.as_str()
                && kid.is_none_or(|kid| known.kid.as_deref() == Some(kid))
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some(&first.key)
    }
}

impl std::fmt::Debug for ProviderKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProviderKeys({})", self.0.len())
    }
}

fn read_key(value: &Value) -> Vec<ProviderKey> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let kty = text("kty").unwrap_or_default();
    let of_type: &[Algorithm] = match (kty, text("crv")) {
        ("EC", Some("P-256")) => &[Algorithm::Es256],
        ("OKP", Some("Ed25519")) => &[Algorithm::EdDsa],
        ("RSA", _) => &[Algorithm::Rs256, Algorithm::Ps256],
        _ => &[],
    };
    let is_for_signatures = value.get("use").is_none_or(|word| word == "sig")
        && value.get("key_ops").is_none_or(|ops| {
            ops.as_array().is_some_and(|ops| ops.iter().any(|operation| operation == "verify"))
        });
    let is_named = |algorithm: &&Algorithm| {
        value.get("alg").is_none_or(|alg| alg.as_str().and_then(algorithm_named) == Some(**algorithm))
    };
    let algorithms = of_type.iter().filter(is_named);
    let keys = algorithms.filter(|_| is_for_signatures).filter_map(|algorithm| {
        let owned = |name: &str| text(name).map(str::to_owned);
        let public = JsonWebKey {
            kty: kty.to_owned(),
            key_use: "sig".to_owned(),
            alg: algorithm.as_str().to_owned(),
            kid: owned("kid").unwrap_or_default(),
            // An RSA key has no curve, whatever else a provider names.
            crv: owned("crv").filter(|_| kty != "RSA"),
            x: owned("x"),
            y: owned("y"),
            n: owned("n"),
            e: owned("e"),
        };
        Some(ProviderKey { kid: owned("kid"), key: PublicKey::new(&public).ok()? })
    });
    keys.collect()
}
