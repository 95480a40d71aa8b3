//! Sessions of the console: secrets of a member that a browser keeps in a cookie.

use std::sync::Arc;

use claviger_api::MemberTokenView;
use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::member_tokens::tokens::{create_action, make, target, view};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Caller, Plan, Right, Scene};
use crate::snapshot::RealmView;
use claviger_domain::{
    AuditAction, Bound, BuiltInScope, Change, Description, Member, MemberToken, MemberTokenId,
    MemberTokenKind, MemberTokenState, Secret, SignInMethod,
};

/// A session ends after this time, however it is used.
pub const SESSION_SECONDS: i64 = 8 * 3_600;

/// A session that is not used for this time is refused.
pub const SESSION_IDLE_SECONDS: i64 = 30 * 60;

/// The only outcome that has the secret of a session.
#[derive(Debug)]
pub struct SignedIn {
    pub secret: Secret,
    pub session: MemberTokenView,
}

/// How a session begins.
pub(super) struct NewSession {
    pub method: SignInMethod,
    /// What the member recognizes it by, such as the name of the browser.
    pub description: Description,
    /// The session that it replaces.
    pub replaces: Option<MemberTokenId>,
}

/// Plans the session, the end of the one that it replaces, and the end of the oldest ones above the member's limit.
pub(super) fn plan_session(
    administration: &Administration,
    scene: &Scene<'_>,
    realm: &RealmView,
    plan: &mut Plan<'_>,
    (owner, new): (&Member, NewSession),
) -> Result<SignedIn, AdministrationError> {
    let live = realm.sessions_of(owner.id, scene.now);
    let room = usize::try_from(scene.limits.get(Bound::SessionsPerMember)).unwrap_or(usize::MAX).max(1);
    let surplus = (live.len() + 1).saturating_sub(room);
    let replaced = live
        .iter()
        .enumerate()
        .filter(|(index, session)| *index < surplus || new.replaces == Some(session.id));
    for (_, session) in replaced {
        plan_end(realm, plan, session, scene.now);
    }
    let read_update = BuiltInScope::AdminReadUpdate.as_str();
    let read_update =
        read_update.parse().map_err(|error| AdministrationError::invalid("scopes", format!("{error}")))?;
    let made = claviger_api::NewMemberToken {
        description: new.description,
        expires_at: scene.now.plus_seconds(SESSION_SECONDS),
        scopes: vec![read_update],
    };
    let (mut session, secret) = make(administration, scene, owner, MemberTokenKind::Session, made);
    session.sign_in = Some(new.method);
    let shown = view(&session, realm.cut, scene.now);
    plan.addition(Change::put(session));
    plan.event(
        create_action(MemberTokenKind::Session),
        target(MemberTokenKind::Session, &shown),
        None::<&()>,
        Some(&shown),
    );
    Ok(SignedIn { secret, session: shown })
}

/// Plans the end of every session of a member.
pub(super) fn plan_end_of_all(realm: &RealmView, plan: &mut Plan<'_>, owner: &Member, now: Timestamp) {
    for session in realm.sessions_of(owner.id, now) {
        plan_end(realm, plan, &session, now);
    }
}

/// Plans the end of the sessions that began at a provider.
pub(super) fn plan_end_of_provider_sessions(
    realm: &RealmView,
    plan: &mut Plan<'_>,
    owner: &Member,
    now: Timestamp,
) {
    let began_there = |session: &Arc<MemberToken>| session.sign_in == Some(SignInMethod::IdentityProvider);
    for session in realm.sessions_of(owner.id, now).iter().filter(|session| began_there(session)) {
        plan_end(realm, plan, session, now);
    }
}

fn plan_end(realm: &RealmView, plan: &mut Plan<'_>, session: &Arc<MemberToken>, now: Timestamp) {
    let ended = MemberToken { state: MemberTokenState::Revoked { at: now }, ..(**session).clone() };
    let (before, after) = (view(session, realm.cut, now), view(&ended, realm.cut, now));
    plan.addition(Change::put(ended));
    plan.event(
        AuditAction::SessionRevoke,
        target(MemberTokenKind::Session, &after),
        Some(&before),
        Some(&after),
    );
}

/// When a session was last used, or when it began.
pub fn session_last_used(
    administration: &Administration,
    session: &MemberToken,
) -> Result<Timestamp, AdministrationError> {
    let id = session.id;
    let used = administration.ledger.store().last_uses(&[id])?.remove(&id);
    Ok(used.map_or(session.created_at, |used| used.max(session.created_at)))
}

/// The caller's own sessions that are active, the latest first.
pub fn list_own_sessions(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<MemberTokenView>, AdministrationError> {
    let Caller::Member { member, .. } = act.caller else {
        return Err(AdministrationError::NotFound("session"));
    };
    let reading = administration.read(act, Right::ReadOwn)?;
    let own = reading.realm.sessions_of(member, reading.now);
    let ids: Vec<MemberTokenId> = own.iter().map(|session| session.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
    let mut sessions: Vec<MemberTokenView> =
        own.iter().map(|session| view(session, reading.realm.cut, reading.now)).collect();
    for session in &mut sessions {
        session.last_used_at = last_uses.remove(&session.id);
    }
    sessions.reverse();
    Ok(sessions)
}
