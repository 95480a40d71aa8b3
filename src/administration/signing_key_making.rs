//! The origin of a signing key: generated here, or imported as a PKCS#8 document.

use crate::administration::error::AdministrationError;
use crate::administration::key_bodies::NewSigningKey;
use crate::administration::setting::Administration;
use crate::crypto::{GeneratedKey, accept_key, generate_key};
use crate::ledger::{Act, Plan, Scene};
use claviger_domain::{Algorithm, Change, KeyPurpose, KeyRole, SigningKey};

impl NewSigningKey {
    pub(super) fn key(self) -> Result<GeneratedKey, AdministrationError> {
        let algorithm = self.alg;
        match self.private_key_pem {
            Some(pem) => {
                let wrong = |error| AdministrationError::invalid("private_key_pem", error);
                let pkcs8 = pem.into_pkcs8(algorithm).map_err(wrong)?;
                accept_key(algorithm, pkcs8).map_err(|_| {
                    let detail = format!("is not a key for {algorithm}: {}", what_is_right(algorithm));
                    AdministrationError::invalid("private_key_pem", detail)
                })
            }
            None if algorithm.is_made_here() => {
                generate_key(algorithm).map_err(|error| AdministrationError::Crypto(error.to_string()))
            }
            None => {
                let detail = format!("is required for {algorithm}: {}", what_is_right(algorithm));
                Err(AdministrationError::invalid("private_key_pem", detail))
            }
        }
    }
}

fn what_is_right(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Es256 => {
            "create one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
        }
        Algorithm::EdDsa => "create one with `openssl genpkey -algorithm ED25519`",
        Algorithm::Rs256 | Algorithm::Ps256 => {
            "create one of 2048 to 4096 bits with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`"
        }
    }
}

/// Plans the key's row. The sealed private half is stored beside the log, never in it.
pub fn plan_signing_key(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    plan: &mut Plan<'_>,
    new: NewSigningKey,
    role: KeyRole,
) -> Result<SigningKey, AdministrationError> {
    let (algorithm, brought) = (new.alg, new.private_key_pem.is_some());
    let made = new.key()?;
    let kid = made.public.kid.clone();
    if brought {
        ensure_unused(scene, &kid)?;
    }
    let (public, created_at) = (made.public, scene.now);
    let (purpose, certificate, retired_at) = (KeyPurpose::Tokens, None, None);
    let key = SigningKey { kid, purpose, algorithm, role, public, created_at, retired_at, certificate };
    plan_sealed(administration, scene, act, plan, key, &made.pkcs8)
}

/// For an imported key: searches every realm. A key just generated here is always unused.
pub(super) fn ensure_unused(scene: &Scene<'_>, kid: &str) -> Result<(), AdministrationError> {
    if scene.snapshot.realms_and_deleted().any(|realm| realm.keys.holds(kid)) {
        let detail = format!("the key {kid} is already in use: create another one");
        return Err(AdministrationError::Conflict(detail));
    }
    Ok(())
}

/// Plans the row of any key.
pub(super) fn plan_sealed(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    plan: &mut Plan<'_>,
    key: SigningKey,
    pkcs8: &[u8],
) -> Result<SigningKey, AdministrationError> {
    let sealed = administration
        .keyring
        .seal(&SigningKey::sealed_identity(&act.realm, &key.kid), pkcs8, scene.randomness())
        .map_err(|error| AdministrationError::Crypto(error.to_string()))?;
    plan.signing_key(Change::put(key.clone()), sealed);
    Ok(key)
}
