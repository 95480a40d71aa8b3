//! Commands that open the database directly, without authorization by a member.

use claviger_api::{CreatedMemberToken, ShownOnce, SignInLink};
use claviger_contract::{RealmLabel, Timestamp};

use crate::administration::{self, Administration, AdministrationError, NewRealm, Preset};
use crate::config::Settings;
use crate::ledger::{Act, Caller};
use crate::operator::beside::Beside;
use crate::replication::Part;
use crate::serve::Node;
use crate::serve::ServeError;
use crate::serve::assemble;
use crate::serve::system_sources;
use claviger_domain::{EmailAddress, Receipt};

/// Printed once, stored nowhere.
pub struct OperatorToken {
    pub token: ShownOnce,
    pub id: String,
    pub expires_at: Timestamp,
    /// Why the token may not be valid yet: the running server has not applied it.
    pub unapplied: Option<ServeError>,
}

pub fn create_realm(
    settings: &Settings,
    realm: &RealmLabel,
    owner: &EmailAddress,
    preset: Option<Preset>,
) -> Result<OperatorToken, ServeError> {
    make_token(settings, |administration| {
        let new = NewRealm { owner: owner.clone(), preset };
        administration::create_realm(administration, &operator(realm), new)
    })
}

/// Suspends or resumes a realm. Returns when no server uses the previous state, or fails.
pub fn suspend_realm(settings: &Settings, realm: &RealmLabel, suspended: bool) -> Result<(), ServeError> {
    let beside = Beside::look(settings)?;
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let done = suspend(&node, realm, suspended);
    // Wait also if the realm is suspended already: the operator must be able to rely on it.
    let applied = beside.wait(settings);
    node.stop();
    done.and(applied)
}

/// On a shared database, returns when no server accepts the realm's tokens any more.
fn suspend(node: &Node, realm: &RealmLabel, suspended: bool) -> Result<(), ServeError> {
    let administration = &node.state.administration;
    let done = administration::suspend_realm(administration, &operator(realm), suspended)?;
    let settled = done.settle(&node.state.barrier);
    settled.map(drop).map_err(|error| ServeError::Refused(error.to_string()))
}

/// Deletes a realm. Returns when no server accepts its tokens, with the receipt, or fails.
pub fn delete_realm(
    settings: &Settings,
    realm: &RealmLabel,
    typed_name: &str,
) -> Result<Receipt, ServeError> {
    let beside = Beside::look(settings)?;
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let done = delete(&node, realm, typed_name);
    let applied = beside.wait(settings);
    node.stop();
    let receipt = done?;
    applied.map(|()| receipt)
}

fn delete(node: &Node, realm: &RealmLabel, typed_name: &str) -> Result<Receipt, ServeError> {
    let administration = &node.state.administration;
    let done = administration::delete_realm(&administration.ledger, &operator(realm), typed_name)?;
    let settled = done.settle(&node.state.barrier).map_err(|error| ServeError::Refused(error.to_string()))?;
    settled.into_parts().1.ok_or_else(|| ServeError::Refused("the deletion has no receipt".to_owned()))
}

pub fn member_token(
    settings: &Settings,
    realm: &RealmLabel,
    email: &EmailAddress,
) -> Result<OperatorToken, ServeError> {
    make_token(settings, |administration| {
        administration::operator_token(administration, &operator(realm), email)
    })
}

/// The address of a page on which the member sets the password of a local account, once.
pub fn sign_in_link(
    settings: &Settings,
    realm: &RealmLabel,
    email: &EmailAddress,
    resets_second_factor: bool,
) -> Result<OperatorLink, ServeError> {
    let beside = Beside::look(settings)?;
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let administration = &node.state.administration;
    let reset = match resets_second_factor {
        true => administration::reset_second_factor_at(administration, &operator(realm), email).map(drop),
        false => Ok(()),
    };
    let made = reset.and_then(|()| administration::invite_member_at(administration, &operator(realm), email));
    let unapplied = if made.is_ok() { beside.wait(settings).err() } else { None };
    node.stop();
    Ok(OperatorLink { link: made?.link, unapplied })
}

/// Printed once, stored nowhere.
pub struct OperatorLink {
    pub link: SignInLink,
    /// Why the link may not work yet: the running server has not applied it.
    pub unapplied: Option<ServeError>,
}

/// The token is valid for the next request to the running server, or `unapplied` says why not.
fn make_token(
    settings: &Settings,
    make: impl FnOnce(&Administration) -> Result<CreatedMemberToken, AdministrationError>,
) -> Result<OperatorToken, ServeError> {
    let beside = Beside::look(settings)?;
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let made = make(&node.state.administration);
    let unapplied = if made.is_ok() { beside.wait(settings).err() } else { None };
    node.stop();
    let CreatedMemberToken { shown, token } = made?;
    Ok(OperatorToken { token, id: shown.id.to_string(), expires_at: shown.expires_at, unapplied })
}

pub fn operator(realm: &RealmLabel) -> Act {
    Act::local(realm.clone(), Caller::Operator)
}
