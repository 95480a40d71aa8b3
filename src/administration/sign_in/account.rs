//! What the acts on a local account share: its row, its secrets, and how the audit trail shows it.

use claviger_contract::{RealmLabel, Timestamp};
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::sign_in::local_secrets::LocalSecrets;
use crate::crypto::PasswordError;
use crate::ledger::{Plan, Scene};
use crate::snapshot::RealmView;
use claviger_domain::{
    AuditAction, AuditTarget, Change, LocalAccount, Member, MemberId, SealedBytes, TargetKind,
};

/// As the audit trail stores it.
#[derive(Serialize)]
struct AccountView<'a> {
    member: &'a str,
    invitation_expires_at: Option<Timestamp>,
    password_set_at: Option<Timestamp>,
    has_second_factor: bool,
    recovery_codes_left: u8,
    signed_in_at: Option<Timestamp>,
    known_to: &'a [MemberId],
}

pub(super) fn plan_account(
    realm: &RealmView,
    plan: &mut Plan<'_>,
    action: AuditAction,
    member: &Member,
    account: LocalAccount,
    sealed: Option<SealedBytes>,
) {
    let before = realm.local_accounts.get(&member.id).map(|known| view(member, known));
    let after = view(member, &account);
    let target = AuditTarget {
        kind: TargetKind::LocalAccount,
        id: member.id.to_string(),
        name: member.email.to_string(),
    };
    plan.sealed_change(realm, Change::put(account.clone()), sealed);
    plan.event(action, target, before.as_ref(), Some(&after));
}

fn view<'a>(member: &'a Member, account: &'a LocalAccount) -> AccountView<'a> {
    AccountView {
        member: member.email.as_str(),
        invitation_expires_at: account.invitation.as_ref().map(|invitation| invitation.expires_at),
        password_set_at: account.password_set_at,
        has_second_factor: account.has_second_factor,
        recovery_codes_left: account.recovery_codes_left,
        signed_in_at: account.signed_in_at,
        known_to: &account.known_to,
    }
}

pub(super) fn known(realm: &RealmView, id: MemberId, now: Timestamp) -> LocalAccount {
    realm.local_accounts.get(&id).map_or_else(|| LocalAccount::new(id, now), |known| (**known).clone())
}

/// At the commit. `None` before the first password.
pub(super) fn opened(
    administration: &Administration,
    scene: &Scene<'_>,
    realm: &RealmLabel,
    id: MemberId,
) -> Result<Option<LocalSecrets>, AdministrationError> {
    let sealed = scene.tables.find_local_account(realm, id)?.and_then(|known| known.sealed);
    sealed.map(|sealed| LocalSecrets::open(&administration.keyring, realm, id, &sealed)).transpose()
}

pub(super) fn busy(error: PasswordError) -> AdministrationError {
    AdministrationError::Busy(error.to_string())
}
