//! Opens the sealed halves of signing keys as they are loaded.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel};

use crate::crypto::{KeyPair, Keyring, certified_header};
use crate::snapshot::{ApplyError, KeyOpener, LiveKey};
use crate::store::Session;
use claviger_domain::{SealedBytes, SigningKey};
use claviger_verifier::token::PublicKey;

pub fn open(
    keyring: &Keyring,
    realm: &RealmLabel,
    key: SigningKey,
    sealed: &SealedBytes,
    cut: Position,
) -> Result<LiveKey, ApplyError> {
    let failed = |reason: String| ApplyError::Key { kid: key.kid.clone(), reason };
    let pkcs8 = keyring
        .open(&SigningKey::sealed_identity(realm, &key.kid), sealed)
        .map_err(|error| failed(error.to_string()))?;
    let pair = KeyPair::new(key.algorithm, &key.kid, pkcs8).map_err(|error| failed(error.to_string()))?;
    let verifying = PublicKey::new(&key.public).map_err(|error| failed(error.to_string()))?;
    if verifying.algorithm() != key.algorithm.as_str() {
        return Err(failed(format!("its public half is for {}", verifying.algorithm())));
    }
    let header = key.certificate.as_ref().map(|certificate| certified_header(key.algorithm, certificate));
    let certified_header = header.transpose().map_err(|error| failed(error.to_string()))?.map(Arc::from);
    let (pair, verifying) = (Arc::new(pair), Arc::new(verifying));
    Ok(LiveKey { pair, verifying, record: key, cut, certified_header })
}

/// Reads the sealed half from its row, because the log does not contain it.
pub struct FromTables<'a> {
    pub session: &'a mut Session,
    pub keyring: &'a Keyring,
}

impl KeyOpener for FromTables<'_> {
    fn open(
        &mut self,
        realm: &RealmLabel,
        key: &SigningKey,
        cut: Position,
    ) -> Result<Option<LiveKey>, ApplyError> {
        let failed = |reason: String| ApplyError::Key { kid: key.kid.clone(), reason };
        let sealed = self.session.find_sealed_key(&key.kid).map_err(|error| failed(error.to_string()))?;
        // A key without a row was deleted later in the log.
        sealed.map(|sealed| open(self.keyring, realm, key.clone(), &sealed, cut)).transpose()
    }
}
