//! What the operator of the machine may do without anybody's leave: commands that open the database.

use std::path::PathBuf;

use claviger_contract::{RealmLabel, Timestamp};
use zeroize::Zeroizing;

use super::run::system_sources;
use super::{ServeError, assemble};
use crate::administration::{self, CreatedToken, NewRealm, Preset};
use crate::config::Settings;
use crate::crypto::MasterKeys;
use crate::domain::EmailAddress;
use crate::ledger::{Act, Caller};
use crate::replication::Part;

/// Printed once, kept nowhere.
pub struct OperatorToken {
    pub token: Zeroizing<String>,
    pub expires_at: Timestamp,
}

pub fn create_realm(
    settings: &Settings,
    realm: &RealmLabel,
    owner: &EmailAddress,
    preset: Option<Preset>,
) -> Result<OperatorToken, ServeError> {
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let new = NewRealm { owner: owner.clone(), preset };
    let created = administration::create_realm(&node.state.administration, &operator(realm), new);
    node.stop();
    Ok(created?.into())
}

pub fn member_token(
    settings: &Settings,
    realm: &RealmLabel,
    email: &EmailAddress,
) -> Result<OperatorToken, ServeError> {
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let created = administration::operator_token(&node.state.administration, &operator(realm), email);
    node.stop();
    Ok(created?.into())
}

/// Makes the master key where there is none; returns where it lies.
pub fn init_keys(settings: &Settings) -> Result<PathBuf, ServeError> {
    Ok(MasterKeys::create(&settings.keys_dir, &*system_sources().randomness)?)
}

pub(super) fn operator(realm: &RealmLabel) -> Act {
    Act { realm: realm.clone(), caller: Caller::Operator, address: None, request_id: None }
}

impl From<CreatedToken> for OperatorToken {
    fn from(created: CreatedToken) -> Self {
        let token = Zeroizing::new(created.token.expose().to_owned());
        Self { token, expires_at: created.view.expires_at }
    }
}
