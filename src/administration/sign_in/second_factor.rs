//! The second factor of a local account: set, its recovery codes renewed, and reset for somebody who lost both.

use std::sync::Arc;

use claviger_api::MemberView;

use crate::administration::error::AdministrationError;
use crate::administration::members::view as member_view;
use crate::administration::setting::{Administration, authorized, authorized_to_make, ensure_account_holder};
use crate::administration::sign_in::account::{opened, plan_account};
use crate::administration::sign_in::local_secrets::LocalSecrets;
use crate::administration::sign_in::new_second_factor::NewSecondFactor;
use crate::crypto::{RecoveryCode, RecoveryCodes};
use crate::ledger::{Act, Caller, Plan, Right, Scene};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{Actor, AuditAction, EmailAddress, LocalAccount, Member, MemberId};

/// Stores the second factor if the code is one of its codes, in place of the one before, with new recovery codes. `None`
/// if it is not. By the member's session, or by the sealed text of somebody who has just set the password: then a second
/// factor that is there is not replaced.
pub fn set_second_factor(
    administration: &Administration,
    act: &Act,
    new: &NewSecondFactor,
    code: &str,
) -> Result<Option<Vec<RecoveryCode>>, AdministrationError> {
    let Some(step) = new.totp.accepted_step(code, administration.ledger.now(), None) else {
        return Ok(None);
    };
    let randomness = administration.ledger.randomness();
    let (recovery_codes, shown) = RecoveryCodes::generate(randomness);
    administration.ledger.act(|scene| {
        let (realm, owner, actor) = match act.caller {
            Caller::Client => {
                let realm = scene.find_realm(&act.realm).filter(|realm| !realm.is_suspended());
                let realm = realm.ok_or(AdministrationError::NotFound("realm"))?;
                let owner = realm.members.get(&new.member).filter(|member| member.is_active());
                let owner = owner.cloned().ok_or(AdministrationError::NotFound("member"))?;
                let actor = Actor::member(owner.id, owner.email.to_string());
                (realm, owner, actor)
            }
            _ => own(scene, act)?,
        };
        let account = realm.local_accounts.get(&new.member).filter(|account| {
            let replaces = account.has_second_factor && act.caller == Caller::Client;
            owner.id == new.member && account.secrets == new.secrets && !replaces
        });
        let account = account.ok_or(AdministrationError::Stale)?;
        let secrets = opened(administration, scene, &act.realm, owner.id)?;
        let secrets = secrets.ok_or(AdministrationError::Stale)?;
        let account = LocalAccount {
            has_second_factor: true,
            recovery_codes_left: recovery_codes.count(),
            secrets: Some(scene.new_id()),
            recovery_codes: Some(scene.new_id()),
            last_code_step: Some(step),
            updated_at: scene.now,
            ..(**account).clone()
        };
        let secrets = LocalSecrets { totp: Some(new.totp.clone()), recovery_codes, ..secrets };
        let action = AuditAction::LocalAccountSetSecondFactor;
        let about = About { act, actor, realm, member: &owner, action };
        about.store(administration, scene, (account, &secrets), ())
    })?;
    Ok(Some(shown))
}

/// The codes from before end.
pub fn renew_recovery_codes(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<RecoveryCode>, AdministrationError> {
    let (recovery_codes, shown) = RecoveryCodes::generate(administration.ledger.randomness());
    administration.ledger.act(|scene| {
        let (realm, owner, actor) = own(scene, act)?;
        authorized_to_make(scene, act, Right::ManageOwn)?;
        let account = realm.local_accounts.get(&owner.id).filter(|account| account.has_second_factor);
        let account = account.ok_or(AdministrationError::NotFound("second factor"))?;
        let secrets = opened(administration, scene, &act.realm, owner.id)?;
        let secrets = secrets.ok_or(AdministrationError::NotFound("second factor"))?;
        let account = LocalAccount {
            recovery_codes_left: recovery_codes.count(),
            recovery_codes: Some(scene.new_id()),
            updated_at: scene.now,
            ..(**account).clone()
        };
        let secrets = LocalSecrets { recovery_codes, ..secrets };
        let action = AuditAction::LocalAccountRenewRecoveryCodes;
        let about = About { act, actor, realm, member: &owner, action };
        about.store(administration, scene, (account, &secrets), ())
    })?;
    Ok(shown)
}

/// The password alone signs in from now on, until the member sets another second factor up. Nothing changes if there is
/// none.
pub fn reset_second_factor(
    administration: &Administration,
    act: &Act,
    id: MemberId,
) -> Result<MemberView, AdministrationError> {
    reset(administration, act, |realm| realm.members.get(&id))
}

/// For the operator of the machine, who knows the address.
pub fn reset_second_factor_at(
    administration: &Administration,
    act: &Act,
    email: &EmailAddress,
) -> Result<MemberView, AdministrationError> {
    reset(administration, act, |realm| realm.find_member_by_email(email.as_str()))
}

fn reset(
    administration: &Administration,
    act: &Act,
    find: impl FnOnce(&RealmView) -> Option<&Arc<Member>>,
) -> Result<MemberView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let needed = "account_holder: only an account holder may reset a second factor";
        ensure_account_holder(realm, act, scene.now, needed)?;
        let member = find(realm).cloned().ok_or(AdministrationError::NotFound("member"))?;
        let shown = member_view(realm, &member, scene.now);
        let account = realm.local_accounts.get(&member.id).filter(|account| account.has_second_factor);
        let secrets = opened(administration, scene, &act.realm, member.id)?;
        let Some((account, secrets)) = account.zip(secrets) else {
            return Ok(Decision::Nothing(shown));
        };
        let account = LocalAccount {
            has_second_factor: false,
            recovery_codes_left: 0,
            secrets: Some(scene.new_id()),
            recovery_codes: None,
            updated_at: scene.now,
            ..(**account).clone()
        };
        let secrets = LocalSecrets { totp: None, recovery_codes: RecoveryCodes::default(), ..secrets };
        let action = AuditAction::LocalAccountResetSecondFactor;
        let about = About { act, actor, realm, member: &member, action };
        about.store(administration, scene, (account, &secrets), shown)
    })?;
    Ok(committed.outcome)
}

/// The caller, who must be a member.
fn own<'s>(
    scene: &'s Scene<'_>,
    act: &Act,
) -> Result<(&'s Arc<RealmView>, Arc<Member>, Actor), AdministrationError> {
    let (realm, actor) = authorized(scene, act, Right::ManageOwn)?;
    let owner = act.caller.find_member(realm, scene.now)?;
    Ok((realm, owner.ok_or(AdministrationError::NotFound("member"))?, actor))
}

/// One act on an account.
struct About<'a> {
    act: &'a Act,
    actor: Actor,
    realm: &'a RealmView,
    member: &'a Member,
    action: AuditAction,
}

impl About<'_> {
    fn store<T>(
        self,
        administration: &Administration,
        scene: &Scene<'_>,
        (account, secrets): (LocalAccount, &LocalSecrets),
        outcome: T,
    ) -> Result<Decision<T>, AdministrationError> {
        let Self { act, actor, realm, member, action } = self;
        let sealed = secrets.seal(&administration.keyring, &act.realm, member.id, scene.randomness())?;
        let mut plan = Plan::new(scene, act, actor);
        plan_account(realm, &mut plan, action, member, account, Some(sealed));
        plan.made(&member.id);
        Ok(plan.decide(outcome))
    }
}
