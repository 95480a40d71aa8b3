//! Signs a member in with the password of a local account.

use claviger_contract::RealmLabel;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::sign_in::local_accounts::{busy, unchanged};
use crate::administration::sign_in::local_secrets::LocalSecrets;
use crate::administration::sign_in::sessions::{NewSession, SignedIn, plan_session};
use crate::ledger::{Act, Asked, Caller, Plan};
use crate::store::Decision;
use claviger_domain::{Actor, Description, LocalAccount, MemberTokenId, SignInMethod, Subject};

pub struct LocalSignIn<'a> {
    pub email: &'a str,
    pub password: &'a str,
    /// What the member recognizes the session by.
    pub description: Description,
    /// The session of this browser, which ends.
    pub replaces: Option<MemberTokenId>,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// `None` if the two do not match an account that is set up, after the same work in every case.
pub fn sign_in_locally(
    administration: &Administration,
    realm: &RealmLabel,
    attempt: LocalSignIn<'_>,
) -> Result<Option<SignedIn>, AdministrationError> {
    let snapshot = administration.ledger.latest();
    let found = snapshot.find_realm(realm.as_str()).filter(|realm| !realm.is_suspended());
    let member = found.and_then(|realm| realm.find_member_by_email(attempt.email));
    let member = member.filter(|member| member.is_active()).cloned();
    let account = match &member {
        Some(member) => administration.ledger.store().find_local_account(realm, member.id)?,
        None => None,
    };
    let secrets = match account.as_ref().and_then(|known| known.sealed.as_ref().zip(member.as_ref())) {
        Some((sealed, member)) => {
            Some(LocalSecrets::open(&administration.keyring, realm, member.id, sealed)?)
        }
        None => None,
    };
    let password = secrets.as_ref().map(|secrets| &secrets.password);
    let long = attempt.password.len() > LocalAccount::MAX_PASSWORD_BYTES;
    let presented = if long { "" } else { attempt.password };
    let matches = administration.passwords.verify(presented, password).map_err(busy)?;
    let (Some(member), Some(account), true) = (member, account, matches) else { return Ok(None) };
    let act = Act {
        address: attempt.address,
        request_id: attempt.request_id,
        ..Act::local(realm.clone(), Caller::Client)
    };
    let (replaces, description) = (attempt.replaces, attempt.description);
    // The answer says nothing of sessions that ended to make room.
    let made = administration.ledger.restrict(&act, &Subject::Member(member.id), Asked::Change, |scene| {
        let Some(realm) = unchanged(scene, &act, &account.record)? else {
            return Ok(Decision::Nothing(None));
        };
        let Some(owner) = realm.members.get(&member.id).filter(|owner| owner.is_active()) else {
            return Ok(Decision::Nothing(None));
        };
        let mut plan = Plan::new(scene, &act, Actor::member(owner.id, owner.email.to_string()));
        let method = SignInMethod::LocalAccount;
        let new = NewSession { method, description: description.clone(), replaces };
        let signed_in = plan_session(administration, scene, realm, &mut plan, (owner, new))?;
        Ok::<_, AdministrationError>(plan.decide(Some(signed_in)))
    })?;
    Ok(made.dangerously_unsettled())
}
