//! Personal access tokens: with which a member acts as themselves.

use claviger_contract::{Scope, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::setting::{as_set, authorised, authorised_to_make, ensure_current};
use super::{Administration, AdministrationError, Edited, FieldError};
use crate::domain::{
    AuditTarget, BuiltInScope, Change, Description, EmailAddress, Member, PersonalAccessToken,
    PersonalAccessTokenState, Secret, SecretKind,
};
use crate::ledger::{Act, Denied, Plan, Right, Scene};
use crate::snapshot::RealmView;
use crate::store::Decision;

#[derive(Clone, Debug)]
pub struct NewPersonalAccessToken {
    pub description: Description,
    pub expires_at: Timestamp,
    pub scopes: Vec<Scope>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonalAccessTokenView {
    pub id: Uuid,
    pub member: Uuid,
    pub description: Description,
    pub scopes: Vec<Scope>,
    pub status: &'static str,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// The only answer that holds the token.
#[derive(Debug)]
pub struct CreatedToken {
    pub view: PersonalAccessTokenView,
    pub token: Secret,
}

/// What the operator's token may live.
const OPERATOR_TOKEN_SECONDS: i64 = 3_600;

pub fn create_personal_access_token(
    administration: &Administration,
    act: &Act,
    new: NewPersonalAccessToken,
) -> Result<CreatedToken, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::ManageOwn)?;
        let Some(owner) = act.caller.find_member(realm, scene.now)? else {
            return Err(Denied::MissingRole("of a member: a personal access token belongs to one").into());
        };
        check(realm, &owner, &new, scene.now)?;
        let (token, secret) = make(administration, scene, &owner, new);
        let view = view(&token, scene.now);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::PersonalAccessTokenPut { token });
        plan.event("personal_access_token.create", target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        Ok::<_, AdministrationError>(plan.decide(CreatedToken { view, token: secret }))
    })?;
    Ok(committed.outcome)
}

/// For whoever holds the machine: one hour, `admin:read-update`, in the name of a member.
pub fn operator_token(
    administration: &Administration,
    act: &Act,
    email: &EmailAddress,
) -> Result<CreatedToken, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let owner = realm
            .find_member_by_email(email.as_str())
            .filter(|member| member.is_active())
            .ok_or(AdministrationError::NotFound("active member"))?;
        let (token, secret) = make_operator_token(administration, scene, owner)?;
        let view = view(&token, scene.now);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::PersonalAccessTokenPut { token });
        plan.event("personal_access_token.create", target(&view), None::<&()>, Some(&view));
        Ok::<_, AdministrationError>(plan.decide(CreatedToken { view, token: secret }))
    })?;
    Ok(committed.outcome)
}

/// One's own, or as an administrator anybody's. A second revocation waits at the barrier again and changes nothing.
pub fn revoke_personal_access_token(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<Edited<PersonalAccessTokenView>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::ManageOwn)?;
        let caller = act.caller.find_member(realm, scene.now)?;
        let may = |token: &PersonalAccessToken| {
            caller.as_ref().is_none_or(|member| member.id == token.member || member.administers())
        };
        let known = realm.personal_access_tokens.get(&id).filter(|token| may(token));
        let known = known.ok_or(AdministrationError::NotFound("personal access token"))?;
        if known.state != PersonalAccessTokenState::Active {
            return Ok(Decision::Nothing(view(known, scene.now)));
        }
        let state = PersonalAccessTokenState::Revoked { at: scene.now };
        let token = PersonalAccessToken { state, ..(**known).clone() };
        let (before, after) = (view(known, scene.now), view(&token, scene.now));
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::PersonalAccessTokenPut { token });
        plan.event("personal_access_token.revoke", target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(Edited { object: committed.outcome, position: committed.position, cut: true })
}

/// One's own; whoever may read the realm sees everybody's.
pub fn list_personal_access_tokens(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<PersonalAccessTokenView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let sees = |token: &PersonalAccessToken| {
        caller.as_ref().is_none_or(|member| member.audits() || member.id == token.member)
    };
    let tokens = reading.realm.personal_access_tokens.values().filter(|token| sees(token));
    let mut views: Vec<_> = tokens.map(|token| view(token, reading.now)).collect();
    let ids: Vec<Uuid> = views.iter().map(|view| view.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
    for view in &mut views {
        view.last_used_at = last_uses.remove(&view.id);
    }
    Ok(views)
}

fn check(
    realm: &RealmView,
    owner: &Member,
    new: &NewPersonalAccessToken,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    if new.expires_at <= now {
        errors.push(FieldError::new("expires_at", "an end in the future"));
    }
    if new.scopes.is_empty() {
        errors.push(FieldError::new("scopes", "at least one scope"));
    }
    let known = |scope: &Scope| BuiltInScope::parse(scope).is_some() || realm.knows(scope);
    let unknown = new.scopes.iter().filter(|scope| !known(scope));
    errors.extend(unknown.map(|scope| FieldError::new("scopes", format!("{scope} is not registered"))));
    AdministrationError::unless_empty(errors)?;
    let held = |scope: &Scope| BuiltInScope::parse(scope).is_some() || realm.holds(owner, scope);
    match new.scopes.iter().find(|scope| !held(scope)) {
        Some(scope) => Err(AdministrationError::not_held(scope)),
        None => Ok(()),
    }
}

fn make(
    administration: &Administration,
    scene: &Scene<'_>,
    owner: &Member,
    new: NewPersonalAccessToken,
) -> (PersonalAccessToken, Secret) {
    let secret = Secret::generate(SecretKind::PersonalAccessToken, scene.randomness());
    let token = PersonalAccessToken {
        id: scene.new_id(),
        member: owner.id,
        description: new.description,
        scopes: as_set(new.scopes),
        digest: administration.keyring.digester().digest(secret.expose()),
        created_at: scene.now,
        expires_at: new.expires_at,
        state: PersonalAccessTokenState::Active,
    };
    (token, secret)
}

pub(super) fn make_operator_token(
    administration: &Administration,
    scene: &Scene<'_>,
    owner: &Member,
) -> Result<(PersonalAccessToken, Secret), AdministrationError> {
    let text = |error: &dyn std::fmt::Display| AdministrationError::invalid("token", error);
    let new = NewPersonalAccessToken {
        description: "made on the machine of the server".parse().map_err(|error| text(&error))?,
        expires_at: scene.now.plus_seconds(OPERATOR_TOKEN_SECONDS),
        scopes: vec![BuiltInScope::AdminReadUpdate.as_str().parse().map_err(|error| text(&error))?],
    };
    Ok(make(administration, scene, owner, new))
}

pub(super) fn view(token: &PersonalAccessToken, now: Timestamp) -> PersonalAccessTokenView {
    let (status, revoked_at) = match token.state {
        PersonalAccessTokenState::Revoked { at } => ("revoked", Some(at)),
        PersonalAccessTokenState::Active if now >= token.expires_at => ("expired", None),
        PersonalAccessTokenState::Active => ("active", None),
    };
    PersonalAccessTokenView {
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

pub(super) fn target(view: &PersonalAccessTokenView) -> AuditTarget {
    AuditTarget { kind: "personal_access_token", id: view.id.to_string(), name: view.description.to_string() }
}
