//! Signs a member in with the password of a local account, and with the second factor if it has one.

use std::sync::Arc;

use claviger_contract::RealmLabel;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::sign_in::account::{busy, opened, plan_account};
use crate::administration::sign_in::local_secrets::LocalSecrets;
use crate::administration::sign_in::password_proof::PasswordProof;
use crate::administration::sign_in::sessions::{NewSession, SignedIn, plan_session};
use crate::ledger::{Act, Asked, Caller, Plan, Scene};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{
    Actor, AuditAction, Change, Description, LocalAccount, Member, MemberTokenId, SealedBytes, SignInMethod,
    Subject,
};

/// Where somebody signs in.
#[derive(Clone, Debug, Default)]
pub struct SigningBrowser {
    /// What the member recognizes the session by.
    pub description: Description,
    /// The session of this browser, which ends.
    pub replaces: Option<MemberTokenId>,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

pub struct LocalSignIn<'a> {
    pub email: &'a str,
    pub password: &'a str,
    pub browser: SigningBrowser,
}

#[derive(Debug)]
pub enum LocalOutcome {
    SignedIn(SignedIn),
    /// The password is right, and the account has a second factor.
    NeedsCode(PasswordProof),
    /// The two do not match an account that is set up.
    NoMatch,
}

/// What is presented as the second factor.
#[derive(Clone, Copy)]
pub enum SecondFactor<'a> {
    /// Of the authenticator app.
    Code(&'a str),
    Recovery(&'a str),
}

/// After the same work in every case.
pub fn sign_in_locally(
    administration: &Administration,
    realm: &RealmLabel,
    attempt: LocalSignIn<'_>,
) -> Result<LocalOutcome, AdministrationError> {
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
    let (Some(account), true) = (account, matches) else { return Ok(LocalOutcome::NoMatch) };
    let proof = PasswordProof::of(&account.record);
    if account.record.has_second_factor {
        return Ok(LocalOutcome::NeedsCode(proof));
    }
    let signed_in = begin_session(administration, realm, &proof, None, attempt.browser)?;
    Ok(signed_in.map_or(LocalOutcome::NoMatch, LocalOutcome::SignedIn))
}

/// `None` if the code is wrong or was used, or the account has changed since the password was verified.
pub fn finish_local_sign_in(
    administration: &Administration,
    realm: &RealmLabel,
    proof: &PasswordProof,
    second: SecondFactor<'_>,
    browser: SigningBrowser,
) -> Result<Option<SignedIn>, AdministrationError> {
    begin_session(administration, realm, proof, Some(second), browser)
}

fn begin_session(
    administration: &Administration,
    realm: &RealmLabel,
    proof: &PasswordProof,
    second: Option<SecondFactor<'_>>,
    browser: SigningBrowser,
) -> Result<Option<SignedIn>, AdministrationError> {
    let SigningBrowser { description, replaces, address, request_id } = browser;
    let act = Act { address, request_id, ..Act::local(realm.clone(), Caller::Client) };
    // The answer says nothing of sessions that ended to make room.
    let made =
        administration.ledger.restrict(&act, &Subject::Member(proof.member), Asked::Change, |scene| {
            let realm = scene.find_realm(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
            let Some((owner, account)) = proven(realm, proof) else { return Ok(Decision::Nothing(None)) };
            let mut plan = Plan::new(scene, &act, Actor::member(owner.id, owner.email.to_string()));
            let attempt = Attempt { administration, scene, act: &act, realm, owner, account };
            let Some(verified) = attempt.verified(second)? else { return Ok(Decision::Nothing(None)) };
            attempt.plan(&mut plan, verified, replaces);
            let new = NewSession { method: SignInMethod::LocalAccount, description, replaces };
            let signed_in = plan_session(administration, scene, realm, &mut plan, (owner, new))?;
            Ok::<_, AdministrationError>(plan.decide(Some(signed_in)))
        })?;
    Ok(made.dangerously_unsettled())
}

/// The member and the account at the commit, if they are still those of the password.
fn proven<'s>(
    realm: &'s RealmView,
    proof: &PasswordProof,
) -> Option<(&'s Arc<Member>, &'s Arc<LocalAccount>)> {
    let owner = realm.members.get(&proof.member).filter(|owner| owner.is_active())?;
    let account = realm.local_accounts.get(&proof.member).filter(|account| proof.is_of(account))?;
    (!realm.is_suspended()).then_some((owner, account))
}

/// At the commit.
struct Attempt<'s> {
    administration: &'s Administration,
    scene: &'s Scene<'s>,
    act: &'s Act,
    realm: &'s RealmView,
    owner: &'s Member,
    account: &'s LocalAccount,
}

/// The account after the second factor.
struct Verified {
    account: LocalAccount,
    /// The secrets without the recovery code that was used.
    sealed: Option<SealedBytes>,
}

impl Attempt<'_> {
    /// `None` if the second factor is missing or wrong.
    fn verified(&self, second: Option<SecondFactor<'_>>) -> Result<Option<Verified>, AdministrationError> {
        if !self.account.has_second_factor {
            let account = self.account.clone();
            return Ok(second.is_none().then_some(Verified { account, sealed: None }));
        }
        let secrets = opened(self.administration, self.scene, &self.act.realm, self.owner.id)?;
        let (Some(secrets), Some(second)) = (secrets, second) else { return Ok(None) };
        match second {
            SecondFactor::Code(code) => Ok(self.with_code(&secrets, code)),
            SecondFactor::Recovery(code) => self.with_recovery(secrets, code),
        }
    }

    fn with_code(&self, secrets: &LocalSecrets, code: &str) -> Option<Verified> {
        let used = self.account.last_code_step;
        let step = secrets.totp.as_ref()?.accepted_step(code, self.scene.now, used)?;
        let account = LocalAccount { last_code_step: Some(step), ..self.account.clone() };
        Some(Verified { account, sealed: None })
    }

    /// The record tells whether there are codes: a restore ends those that are sealed in a backup.
    fn with_recovery(
        &self,
        secrets: LocalSecrets,
        code: &str,
    ) -> Result<Option<Verified>, AdministrationError> {
        let left = secrets.recovery_codes.without(code).filter(|_| self.account.recovery_codes_left > 0);
        let Some(left) = left else { return Ok(None) };
        let account = LocalAccount {
            recovery_codes_left: left.count(),
            updated_at: self.scene.now,
            ..self.account.clone()
        };
        let secrets = LocalSecrets { recovery_codes: left, ..secrets };
        let (keyring, randomness) = (&self.administration.keyring, self.scene.randomness());
        let sealed = secrets.seal(keyring, &self.act.realm, self.owner.id, randomness)?;
        Ok(Some(Verified { account, sealed: Some(sealed) }))
    }

    fn plan(&self, plan: &mut Plan<'_>, verified: Verified, replaces: Option<MemberTokenId>) {
        let Verified { mut account, sealed } = verified;
        // Who only confirms who they are was told of before.
        let live = self.realm.sessions_of(self.owner.id, self.scene.now);
        if !live.iter().any(|session| Some(session.id) == replaces) {
            account.signed_in_at = Some(self.scene.now);
            account.known_to = Vec::new();
        }
        match sealed {
            Some(_) => {
                let action = AuditAction::LocalAccountUseRecoveryCode;
                plan_account(self.realm, plan, action, self.owner, account, sealed);
            }
            // The event of the session tells of it.
            None => plan.change(self.realm, Change::put(account)),
        }
    }
}
