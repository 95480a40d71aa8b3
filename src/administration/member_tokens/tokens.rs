//! Personal access tokens and API tokens: opaque secrets of a member, created and ended the same way.

use std::sync::Arc;

use claviger_api::{CreatedMemberToken, FieldError, MemberTokenView, NewMemberToken, ShownOnce};
use claviger_contract::{Position, Scope, ScopeSet, Timestamp};

use crate::administration::bounds::{ListBounds, room_for_member_token};
use crate::administration::error::AdministrationError;
use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Shape, use_key};
use crate::administration::setting::Administration;
use crate::administration::setting::{
    authorized, authorized_to_make, check_scopes, ensure_current, ensure_may_change_of,
};
use crate::ledger::{Act, Asked, Denied, Plan, Right, Scene, Unsettled};
use crate::snapshot::RealmView;
use crate::store::{Decision, StoreError};
use claviger_domain::{
    AuditAction, AuditTarget, BuiltInScope, Change, EmailAddress, Member, MemberToken, MemberTokenId,
    MemberTokenKind, MemberTokenState, Secret, Status, Subject, TargetKind,
};

impl Listable for MemberTokenView {
    const LIST: Shape = Shape {
        sorts: &["created_at", "expires_at", "last_used_at"],
        default_sort: "created_at",
        statuses: Status::NAMES,
        others: &[EXPIRES_BEFORE],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "expires_at" => self.expires_at.to_string(),
            "last_used_at" => use_key(self.last_used_at),
            _ => self.id.to_string(),
        };
        Facts {
            id: self.id.to_string(),
            key,
            status: self.status.as_str(),
            searched: vec![self.description.to_string(), self.id.to_string()],
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// Lifetime of the operator's token.
const OPERATOR_TOKEN_SECONDS: i64 = 3_600;

pub fn create_member_token(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    new: NewMemberToken,
) -> Result<CreatedMemberToken, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::ManageOwn)?;
        let Some(owner) = act.caller.find_member(realm, scene.now)? else {
            return Err(Denied::MissingRole("member: such a token belongs to a member").into());
        };
        check(realm, &owner, kind, &new, scene.now)?;
        ListBounds::of(&scene.limits).token_scopes(0, &new.scopes).check()?;
        room_for_member_token(scene, realm, owner.id, kind)?;
        let (token, secret) = make(administration, scene, &owner, kind, new);
        let shown = view(&token, realm.cut, scene.now);
        let (action, target) = (create_action(token.kind), target(token.kind, &shown));
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(token));
        plan.event(action, target, None::<&()>, Some(&shown));
        plan.made(&shown.id);
        Ok::<_, AdministrationError>(
            plan.decide(CreatedMemberToken { shown, token: ShownOnce::from(&secret) }),
        )
    })?;
    Ok(committed.outcome)
}

/// For the operator of the machine: a token for one hour with `admin:read-update`, on behalf of a member.
pub fn operator_token(
    administration: &Administration,
    act: &Act,
    email: &EmailAddress,
) -> Result<CreatedMemberToken, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let owner = realm
            .find_member_by_email(email.as_str())
            .filter(|member| member.is_active())
            .ok_or(AdministrationError::NotFound("active member"))?;
        let (token, secret) = make_operator_token(administration, scene, owner)?;
        let shown = view(&token, realm.cut, scene.now);
        let (action, target) = (create_action(token.kind), target(token.kind, &shown));
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(token));
        plan.event(action, target, None::<&()>, Some(&shown));
        Ok::<_, AdministrationError>(
            plan.decide(CreatedMemberToken { shown, token: ShownOnce::from(&secret) }),
        )
    })?;
    Ok(committed.outcome)
}

/// Revokes the caller's own token, or as an administrator any member's. A repeated revocation only waits at the barrier
/// again.
pub fn revoke_member_token(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    id: MemberTokenId,
) -> Result<Unsettled<MemberTokenView>, AdministrationError> {
    administration.ledger.restrict(act, &Subject::MemberToken(id), Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::ManageOwn)?;
        let caller = act.caller.find_member(realm, scene.now)?;
        let find = || scene.tables.find_member_token(&act.realm, id);
        let known = &find_own(realm, caller.as_deref(), (kind, id), Member::administers, find)?;
        let owner = realm.members.get(&known.member).map(|owner| &**owner);
        ensure_may_change_of(caller.as_deref(), owner)?;
        if known.state != MemberTokenState::Active {
            return Ok(Decision::Nothing(view(known, realm.cut, scene.now)));
        }
        let state = MemberTokenState::Revoked { at: scene.now };
        let token = MemberToken { state, ..(**known).clone() };
        let (before, after) = (view(known, realm.cut, scene.now), view(&token, realm.cut, scene.now));
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(token));
        plan.event(revoke_action(kind), target(kind, &after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

/// Finds the caller's own token; with read access to the realm, any member's.
pub fn find_member_token(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    id: MemberTokenId,
) -> Result<MemberTokenView, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let store = administration.ledger.store();
    let find = || store.find_member_token(&act.realm, id);
    let known = find_own(&reading.realm, caller.as_deref(), (kind, id), Member::audits, find)?;
    let last_used_at = store.last_uses(&[id])?.remove(&id);
    Ok(MemberTokenView { last_used_at, ..view(&known, reading.realm.cut, reading.now) })
}

/// Reports "not found" to callers without access. `find` reads the table, which alone has tokens that ended long ago.
fn find_own(
    realm: &RealmView,
    caller: Option<&Member>,
    (kind, id): (MemberTokenKind, MemberTokenId),
    sees_all: fn(&Member) -> bool,
    find: impl FnOnce() -> Result<Option<MemberToken>, StoreError>,
) -> Result<Arc<MemberToken>, AdministrationError> {
    let known = match realm.member_tokens.get(&id) {
        Some(known) => Some(known.clone()),
        None => find()?.map(Arc::new),
    };
    let may = |token: &MemberToken| {
        token.kind == kind && caller.is_none_or(|member| member.id == token.member || sees_all(member))
    };
    known.filter(|token| may(token)).ok_or(AdministrationError::NotFound(kind.words()))
}

fn check(
    realm: &RealmView,
    owner: &Member,
    kind: MemberTokenKind,
    new: &NewMemberToken,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    if new.expires_at <= now {
        errors.push(FieldError::new("expires_at", "must be in the future"));
    }
    if new.scopes.is_empty() {
        errors.push(FieldError::new("scopes", "must have at least one scope"));
    }
    let administers =
        |scope: &Scope| kind == MemberTokenKind::PersonalAccessToken && BuiltInScope::parse(scope).is_some();
    let chosen: Vec<Scope> = new.scopes.iter().filter(|scope| !administers(scope)).cloned().collect();
    check_scopes(realm, &chosen, &mut errors);
    AdministrationError::unless_empty(errors)?;
    match chosen.iter().find(|scope| !realm.holds(owner, scope)) {
        Some(scope) => Err(AdministrationError::not_held(scope)),
        None => Ok(()),
    }
}

pub(in crate::administration) fn make(
    administration: &Administration,
    scene: &Scene<'_>,
    owner: &Member,
    kind: MemberTokenKind,
    new: NewMemberToken,
) -> (MemberToken, Secret) {
    let secret = Secret::generate(kind.secret(), scene.randomness());
    let token = MemberToken {
        id: scene.new_id(),
        kind,
        member: owner.id,
        description: new.description,
        scopes: new.scopes.into_iter().collect::<ScopeSet>().iter().cloned().collect(),
        digest: administration.keyring.digester().digest(secret.expose()),
        created_at: scene.now,
        expires_at: new.expires_at,
        state: MemberTokenState::Active,
        sign_in: None,
        position: scene.next,
    };
    (token, secret)
}

pub(in crate::administration) fn make_operator_token(
    administration: &Administration,
    scene: &Scene<'_>,
    owner: &Member,
) -> Result<(MemberToken, Secret), AdministrationError> {
    let text = |error: &dyn std::fmt::Display| AdministrationError::invalid("token", error);
    let new = NewMemberToken {
        description: "made on the machine of the server".parse().map_err(|error| text(&error))?,
        expires_at: scene.now.plus_seconds(OPERATOR_TOKEN_SECONDS),
        scopes: vec![BuiltInScope::AdminReadUpdate.as_str().parse().map_err(|error| text(&error))?],
    };
    Ok(make(administration, scene, owner, MemberTokenKind::PersonalAccessToken, new))
}

/// `cut` is the realm's: tokens issued before it are invalid.
pub(in crate::administration) fn view(token: &MemberToken, cut: Position, now: Timestamp) -> MemberTokenView {
    let status = token.term().status_after_cut(token.position < cut, now);
    let revoked_at = match token.state {
        MemberTokenState::Revoked { at } => Some(at),
        MemberTokenState::Active => None,
    };
    MemberTokenView {
        id: token.id,
        member: token.member,
        description: token.description.clone(),
        scopes: token.scopes.clone(),
        status,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: None,
        revoked_at,
    }
}

/// The action name in the audit trail.
pub(in crate::administration) const fn create_action(kind: MemberTokenKind) -> AuditAction {
    match kind {
        MemberTokenKind::PersonalAccessToken => AuditAction::PersonalAccessTokenCreate,
        MemberTokenKind::ApiToken => AuditAction::ApiTokenCreate,
        MemberTokenKind::Session => AuditAction::SessionCreate,
    }
}

const fn revoke_action(kind: MemberTokenKind) -> AuditAction {
    match kind {
        MemberTokenKind::PersonalAccessToken => AuditAction::PersonalAccessTokenRevoke,
        MemberTokenKind::ApiToken => AuditAction::ApiTokenRevoke,
        MemberTokenKind::Session => AuditAction::SessionRevoke,
    }
}

pub(in crate::administration) fn target(kind: MemberTokenKind, view: &MemberTokenView) -> AuditTarget {
    let kind = match kind {
        MemberTokenKind::PersonalAccessToken => TargetKind::PersonalAccessToken,
        MemberTokenKind::ApiToken => TargetKind::ApiToken,
        MemberTokenKind::Session => TargetKind::Session,
    };
    AuditTarget { kind, id: view.id.to_string(), name: view.description.to_string() }
}
