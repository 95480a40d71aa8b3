//! Local accounts: a link that is made once sets the password of a member.

use std::sync::Arc;

use claviger_api::SignInLink;
use claviger_contract::{RealmLabel, Timestamp};

use crate::administration::error::AdministrationError;
use crate::administration::setting::{Administration, authorized_to_make, ensure_may_change_of};
use crate::administration::sign_in::account::{busy, known, opened, plan_account};
use crate::administration::sign_in::local_secrets::LocalSecrets;
use crate::administration::sign_in::sessions::plan_end_of_all;
use crate::crypto::RecoveryCodes;
use crate::ledger::{Act, Asked, Caller, Plan, Right, Unsettled};
use crate::snapshot::RealmView;
use claviger_domain::{
    Actor, AuditAction, EmailAddress, Invitation, LocalAccount, Member, MemberId, Secret, SecretKind,
    SecretSetId, Subject,
};

pub struct Invited {
    pub secret: Secret,
    pub link: SignInLink,
}

/// A new link replaces the one before. The present password works until the link is used.
pub fn invite_member(
    administration: &Administration,
    act: &Act,
    id: MemberId,
) -> Result<Invited, AdministrationError> {
    invite(administration, act, |realm| realm.members.get(&id))
}

/// For the operator of the machine, who knows the address.
pub fn invite_member_at(
    administration: &Administration,
    act: &Act,
    email: &EmailAddress,
) -> Result<Invited, AdministrationError> {
    invite(administration, act, |realm| realm.find_member_by_email(email.as_str()))
}

fn invite(
    administration: &Administration,
    act: &Act,
    find: impl FnOnce(&RealmView) -> Option<&Arc<Member>>,
) -> Result<Invited, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let member = find(realm).cloned().ok_or(AdministrationError::NotFound("member"))?;
        if !member.is_active() {
            let detail = format!("{} is disabled: enable the member first", member.email);
            return Err(AdministrationError::Conflict(detail));
        }
        ensure_may_change_of(act.caller.find_member(realm, scene.now)?.as_deref(), Some(&member))?;
        let secret = Secret::generate(SecretKind::Invitation, scene.randomness());
        let expires_at = scene.now.plus_seconds(LocalAccount::INVITATION_SECONDS);
        let digest = administration.keyring.digester().digest(secret.expose());
        let account = LocalAccount {
            invitation: Some(Invitation { digest, expires_at }),
            updated_at: scene.now,
            ..known(realm, member.id, scene.now)
        };
        let address = format!(
            "{}/console/{}/invitation?code={}",
            administration.public_url,
            act.realm,
            secret.expose()
        );
        let link = SignInLink { link: address.into(), expires_at };
        let mut plan = Plan::new(scene, act, actor);
        plan_account(realm, &mut plan, AuditAction::LocalAccountInvite, &member, account, None);
        plan.made(&member.id);
        Ok::<_, AdministrationError>(plan.decide(Invited { secret, link }))
    })?;
    Ok(committed.outcome)
}

/// The member whom a link invites, if it still works.
pub fn find_invited(
    administration: &Administration,
    realm: &RealmLabel,
    secret: &str,
) -> Option<Arc<Member>> {
    let snapshot = administration.ledger.latest();
    let realm = snapshot.find_realm(realm.as_str()).filter(|realm| !realm.is_suspended())?;
    invited(administration, realm, secret, administration.ledger.now())
}

fn invited(
    administration: &Administration,
    realm: &RealmView,
    secret: &str,
    now: Timestamp,
) -> Option<Arc<Member>> {
    let mut digests = administration.keyring.digester().possible_digests(secret);
    let account = digests
        .find_map(|digest| realm.local_accounts.values().find(|account| account.accepts(&digest, now)))?;
    realm.members.get(&account.id).filter(|member| member.is_active()).cloned()
}

/// Whose password was set.
#[derive(Clone, Debug)]
pub struct PasswordSet {
    pub member: Arc<Member>,
    pub secrets: SecretSetId,
    pub has_second_factor: bool,
}

pub struct NewPassword<'a> {
    /// Of the link.
    pub secret: &'a str,
    pub password: &'a str,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// Sets the password. Ends the link, and every session of the member. A second factor stays: who makes links does not take
/// it away.
pub fn accept_invitation(
    administration: &Administration,
    realm: &RealmLabel,
    new: &NewPassword<'_>,
) -> Result<Unsettled<PasswordSet>, AdministrationError> {
    let over = || AdministrationError::NotFound("link: it was used, replaced or is older than three days");
    let member = find_invited(administration, realm, new.secret).ok_or_else(over)?;
    check_password(new.password, &member)?;
    let randomness = administration.ledger.randomness();
    let password = administration.passwords.hash(new.password, randomness).map_err(busy)?;
    let act = Act {
        address: new.address.clone(),
        request_id: new.request_id.clone(),
        ..Act::local(realm.clone(), Caller::Client)
    };
    administration.ledger.restrict(&act, &Subject::Member(member.id), Asked::Change, |scene| {
        let realm = scene.find_realm(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
        let member = invited(administration, realm, new.secret, scene.now).ok_or_else(over)?;
        let secrets = match opened(administration, scene, &act.realm, member.id)? {
            Some(before) => LocalSecrets { password, ..before },
            None => LocalSecrets { password, totp: None, recovery_codes: RecoveryCodes::default() },
        };
        let sealed = secrets.seal(&administration.keyring, &act.realm, member.id, scene.randomness())?;
        let id: SecretSetId = scene.new_id();
        let account = LocalAccount {
            invitation: None,
            password_set_at: Some(scene.now),
            secrets: Some(id),
            updated_at: scene.now,
            ..known(realm, member.id, scene.now)
        };
        let mut plan = Plan::new(scene, &act, Actor::member(member.id, member.email.to_string()));
        plan_end_of_all(realm, &mut plan, &member, scene.now);
        let action = AuditAction::LocalAccountSetPassword;
        let has_second_factor = account.has_second_factor;
        plan_account(realm, &mut plan, action, &member, account, Some(sealed));
        Ok::<_, AdministrationError>(plan.decide(PasswordSet { member, secrets: id, has_second_factor }))
    })
}

/// By length alone, as NIST SP 800-63B-4 §3.1.1.2 recommends, and not the person's own address or name.
fn check_password(password: &str, member: &Member) -> Result<(), AdministrationError> {
    let characters = password.chars().count();
    let refused = |why: String| Err(AdministrationError::invalid("password", why));
    if characters < LocalAccount::MIN_PASSWORD_CHARACTERS {
        let least = LocalAccount::MIN_PASSWORD_CHARACTERS;
        return refused(format!("must have at least {least} characters; this has {characters}"));
    }
    if password.len() > LocalAccount::MAX_PASSWORD_BYTES {
        return refused(format!("must have at most {} bytes", LocalAccount::MAX_PASSWORD_BYTES));
    }
    let own = [member.email.as_str(), member.name.as_str()];
    match own.iter().any(|own| own.eq_ignore_ascii_case(password)) {
        true => refused("must not be your address or your name".to_owned()),
        false => Ok(()),
    }
}
