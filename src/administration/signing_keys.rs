//! Signing keys: what is published, and how new ones are made.

use claviger_contract::Timestamp;
use serde::Serialize;

use super::{Administration, AdministrationError};
use crate::crypto::generate_key;
use crate::domain::{Algorithm, Change, KeyRole, SigningKey};
use crate::ledger::{Act, Plan, Right, Scene};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SigningKeyView {
    pub kid: String,
    pub alg: Algorithm,
    pub status: KeyRole,
    pub created_at: Timestamp,
}

pub fn list_signing_keys(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<SigningKeyView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let view = |key: &SigningKey| SigningKeyView {
        kid: key.kid.clone(),
        alg: key.algorithm,
        status: key.role,
        created_at: key.created_at,
    };
    Ok(reading.realm.keys.iter().map(|key| view(&key.record)).collect())
}

/// Makes a key and plans its row; the private half goes sealed beside the log, never into it.
pub fn plan_signing_key(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    plan: &mut Plan<'_>,
    algorithm: Algorithm,
    role: KeyRole,
) -> Result<(), AdministrationError> {
    let made = generate_key(algorithm).map_err(|error| AdministrationError::Crypto(error.to_string()))?;
    let kid = made.public.kid.clone();
    let sealed = administration
        .keyring
        .seal(&SigningKey::sealed_identity(&act.realm, &kid), &made.pkcs8, scene.randomness())
        .map_err(|error| AdministrationError::Crypto(error.to_string()))?;
    let key = SigningKey { kid, algorithm, role, public: made.public, created_at: scene.now };
    plan.signing_key(Change::SigningKeyPut { key }, sealed);
    Ok(())
}
