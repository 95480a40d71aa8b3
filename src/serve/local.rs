//! What the operator of the machine may do without anybody's leave: commands that open the database.

use claviger_contract::{RealmLabel, Timestamp};
use zeroize::Zeroizing;

use super::run::system_sources;
use super::{Node, ServeError, assemble};
use crate::administration::{self, Administration, CreatedToken, NewRealm, Preset};
use crate::config::Settings;
use crate::domain::EmailAddress;
use crate::ledger::{Act, Caller};
use crate::replication::{FOLLOWED_WITHIN, Part};

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
    on_the_machine(settings, |administration| {
        let new = NewRealm { owner: owner.clone(), preset };
        Ok(administration::create_realm(administration, &operator(realm), new)?.into())
    })
}

/// Or resumes it; a server beside it has heard when this returns.
pub fn suspend_realm(settings: &Settings, realm: &RealmLabel, suspended: bool) -> Result<(), ServeError> {
    let mut node = assemble(settings, &system_sources(), Part::Command)?;
    let done = suspend(&node, realm, suspended);
    if done.is_ok() && settings.database_url.sqlite_path().is_some() && Node::is_served(settings)? {
        let_it_follow();
    }
    node.stop();
    done
}

/// On a shared database returns when no server takes the realm's tokens any more.
fn suspend(node: &Node, realm: &RealmLabel, suspended: bool) -> Result<(), ServeError> {
    let administration = &node.state.administration;
    let position = administration::suspend_realm(administration, &operator(realm), suspended)?;
    let snapshot = administration.ledger.latest();
    if let Some(view) = snapshot.find_realm(realm.as_str()) {
        let waited = node.state.barrier.wait(position, view);
        waited.map_err(|error| ServeError::Refused(error.to_string()))?;
    }
    Ok(())
}

pub fn member_token(
    settings: &Settings,
    realm: &RealmLabel,
    email: &EmailAddress,
) -> Result<OperatorToken, ServeError> {
    on_the_machine(settings, |administration| {
        Ok(administration::operator_token(administration, &operator(realm), email)?.into())
    })
}

/// A server beside it reads the log at intervals: what is done here counts for the very next request.
fn on_the_machine<T>(
    settings: &Settings,
    work: impl FnOnce(&Administration) -> Result<T, ServeError>,
) -> Result<T, ServeError> {
    let sources = system_sources();
    let mut node = assemble(settings, &sources, Part::Command)?;
    let done = work(&node.state.administration);
    if done.is_ok() && Node::is_served(settings)? {
        let_it_follow();
    }
    node.stop();
    done
}

fn let_it_follow() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the interval is the only thing that is known of the other process"
    )]
    std::thread::sleep(FOLLOWED_WITHIN);
}

pub(super) fn operator(realm: &RealmLabel) -> Act {
    Act::local(realm.clone(), Caller::Operator)
}

impl From<CreatedToken> for OperatorToken {
    fn from(created: CreatedToken) -> Self {
        let token = Zeroizing::new(created.token.expose().to_owned());
        Self { token, expires_at: created.view.expires_at }
    }
}
