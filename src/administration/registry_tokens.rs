//! Refresh tokens of container registries' clients: made at their login, listed, revoked.

use claviger_contract::{RealmLabel, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::setting::{authorised, ensure_current};
use super::{Administration, AdministrationError, Edited};
use crate::domain::{
    Actor, ActorKind, AuditTarget, Change, Member, RegistryHolder, RegistryRefreshToken,
    RegistryRefreshTokenState, RegistryService, Secret, SecretKind,
};
use crate::ledger::{Act, Caller, Plan, Right};
use crate::snapshot::RealmView;
use crate::store::Decision;

/// What whoever has just proven to hold something gets for later.
#[derive(Clone, Debug)]
pub struct NewRegistryToken {
    pub realm: RealmLabel,
    pub service: RegistryService,
    pub holder: RegistryHolder,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegistryTokenView {
    pub id: Uuid,
    /// Of a token that was got with a client's access token.
    pub client_id: Option<Uuid>,
    /// Of one that was got with a member's own token.
    pub member: Option<Uuid>,
    pub service: RegistryService,
    pub status: &'static str,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// So many live ones of one holder for one service; whoever logs in more often keeps what they logged in with.
const MOST: usize = 100;

const NOUN: &str = "registry token";

/// `None` when the holder has as many as it may.
pub fn create_registry_token(
    administration: &Administration,
    new: NewRegistryToken,
) -> Result<Option<Secret>, AdministrationError> {
    let act =
        Act { address: new.address, request_id: new.request_id, ..Act::local(new.realm, Caller::Client) };
    let committed = administration.ledger.act(|scene| {
        let realm = scene.find_realm(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
        let alike = |token: &RegistryRefreshToken| {
            token.is_live(scene.now) && token.service == new.service && is_same(&token.holder, &new.holder)
        };
        if realm.registry_tokens.values().filter(|token| alike(token)).count() >= MOST {
            return Ok(Decision::Nothing(None));
        }
        let secret = Secret::generate(SecretKind::RegistryRefreshToken, scene.randomness());
        let token = RegistryRefreshToken {
            id: scene.new_id(),
            digest: administration.keyring.digester().digest(secret.expose()),
            service: new.service,
            holder: new.holder,
            created_at: scene.now,
            expires_at: new.expires_at,
            state: RegistryRefreshTokenState::Active,
        };
        let view = view(&token, scene.now);
        let mut plan = Plan::new(scene, &act, actor(realm, &token.holder));
        plan.addition(Change::RegistryTokenPut { token });
        plan.event("registry_token.create", target(&view), None::<&()>, Some(&view));
        Ok::<_, AdministrationError>(plan.decide(Some(secret)))
    })?;
    Ok(committed.outcome)
}

/// One's own; whoever may read the realm sees everybody's.
pub fn list_registry_tokens(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<RegistryTokenView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let sees = |token: &RegistryRefreshToken| {
        let may = |member: &std::sync::Arc<Member>| member.audits() || owns(&reading.realm, member, token);
        caller.as_ref().is_none_or(may)
    };
    let tokens = reading.realm.registry_tokens.values().filter(|token| sees(token));
    let mut views: Vec<_> = tokens.map(|token| view(token, reading.now)).collect();
    let ids: Vec<Uuid> = views.iter().map(|view| view.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
    for view in &mut views {
        view.last_used_at = last_uses.remove(&view.id);
    }
    Ok(views)
}

/// One's own, or as an administrator anybody's. Registry tokens that it gave end within their lifetime.
pub fn revoke_registry_token(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<Edited<RegistryTokenView>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::ManageOwn)?;
        let caller = act.caller.find_member(realm, scene.now)?;
        let may = |token: &RegistryRefreshToken| {
            let may = |member: &std::sync::Arc<Member>| member.administers() || owns(realm, member, token);
            caller.as_ref().is_none_or(may)
        };
        let known = realm.registry_tokens.get(&id).filter(|token| may(token));
        let known = known.ok_or(AdministrationError::NotFound(NOUN))?;
        let before = view(known, scene.now);
        if known.state != RegistryRefreshTokenState::Active {
            return Ok(Decision::Nothing(before));
        }
        let state = RegistryRefreshTokenState::Revoked { at: scene.now };
        let token = RegistryRefreshToken { state, ..(**known).clone() };
        let after = view(&token, scene.now);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.addition(Change::RegistryTokenPut { token });
        plan.event("registry_token.revoke", target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(Edited { object: committed.outcome, position: committed.position, cut: true })
}

fn owns(realm: &RealmView, member: &Member, token: &RegistryRefreshToken) -> bool {
    match &token.holder {
        RegistryHolder::MemberToken { member: owner, .. } => *owner == member.id,
        RegistryHolder::AccessToken { client_id, .. } => {
            realm.applications.get(client_id).is_some_and(|known| known.record.member == member.id)
        }
    }
}

fn is_same(one: &RegistryHolder, other: &RegistryHolder) -> bool {
    match (one, other) {
        (
            RegistryHolder::MemberToken { token: one, .. },
            RegistryHolder::MemberToken { token: other, .. },
        ) => one == other,
        (
            RegistryHolder::AccessToken { client_id: one, .. },
            RegistryHolder::AccessToken { client_id: other, .. },
        ) => one == other,
        _ => false,
    }
}

fn actor(realm: &RealmView, holder: &RegistryHolder) -> Actor {
    match holder {
        RegistryHolder::MemberToken { member, .. } => {
            let name = realm.members.get(member).map(|known| known.email.to_string()).unwrap_or_default();
            Actor { kind: ActorKind::Member, id: Some(*member), name }
        }
        RegistryHolder::AccessToken { client_id, .. } => {
            Actor { kind: ActorKind::Client, id: Some(*client_id), name: realm.name_of_client(*client_id) }
        }
    }
}

fn view(token: &RegistryRefreshToken, now: Timestamp) -> RegistryTokenView {
    let (status, revoked_at) = match token.state {
        RegistryRefreshTokenState::Revoked { at } => ("revoked", Some(at)),
        RegistryRefreshTokenState::Active if !token.is_live(now) => ("expired", None),
        RegistryRefreshTokenState::Active => ("active", None),
    };
    let (client_id, member) = match &token.holder {
        RegistryHolder::MemberToken { member, .. } => (None, Some(*member)),
        RegistryHolder::AccessToken { client_id, .. } => (Some(*client_id), None),
    };
    RegistryTokenView {
        id: token.id,
        client_id,
        member,
        service: token.service.clone(),
        status,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: None,
        revoked_at,
    }
}

fn target(view: &RegistryTokenView) -> AuditTarget {
    AuditTarget { kind: "registry_token", id: view.id.to_string(), name: view.service.to_string() }
}
