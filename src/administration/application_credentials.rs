//! Application credentials: clients that a member owns, with scopes that the member chose.

use std::sync::Arc;

use claviger_contract::{Scope, ScopeSet, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::setting::{authorised, authorised_to_make, check_scopes, ensure_current, ensure_held};
use super::{Administration, AdministrationError, Edited, FieldError};
use crate::domain::{
    ApplicationCredential, ApplicationCredentialState, AuditTarget, Change, Description, Member, Name,
    Secret, SecretKind,
};
use crate::ledger::{Act, Denied, Plan, Right};
use crate::snapshot::RealmView;
use crate::store::Decision;

#[derive(Clone, Debug)]
pub struct NewApplicationCredential {
    pub name: Name,
    pub description: Description,
    pub scopes: Vec<Scope>,
    /// `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// `None` leaves a part as it is; the list replaces the whole of the old one.
#[derive(Clone, Debug, Default)]
pub struct ApplicationCredentialEdit {
    pub description: Option<Description>,
    pub scopes: Option<Vec<Scope>>,
}

/// As the API shows it: no key, no digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApplicationCredentialView {
    pub id: Uuid,
    pub client_id: Uuid,
    pub member: Uuid,
    pub name: Name,
    pub description: Description,
    pub scopes: Vec<Scope>,
    /// What of them the owner has now.
    pub effective_scopes: ScopeSet,
    pub status: &'static str,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// The only answer that holds the key.
#[derive(Debug)]
pub struct CreatedApplication {
    pub view: ApplicationCredentialView,
    pub client_key: Secret,
    pub token_endpoint: String,
}

const NOUN: &str = "application credential";

pub fn create_application_credential(
    administration: &Administration,
    act: &Act,
    new: NewApplicationCredential,
) -> Result<CreatedApplication, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::ManageOwn)?;
        let Some(owner) = act.caller.find_member(realm, scene.now)? else {
            return Err(Denied::MissingRole("of a member: an application credential belongs to one").into());
        };
        let mut errors = Vec::new();
        if new.expires_at.is_some_and(|end| end <= scene.now) {
            errors.push(FieldError::new("expires_at", "an end in the future, or null for never"));
        }
        check(realm, &new.scopes, errors)?;
        ensure_held(realm, &act.caller, &new.scopes, scene.now)?;
        let taken = |known: &ApplicationCredential| {
            known.member == owner.id && known.name == new.name && known.is_live(scene.now)
        };
        if realm.applications.values().any(|known| taken(&known.record)) {
            return Err(AdministrationError::Conflict(format!(
                "you have a live application credential \"{}\" already",
                new.name
            )));
        }
        let client_key = Secret::generate(SecretKind::ClientKey, scene.randomness());
        let credential = ApplicationCredential {
            id: scene.new_id(),
            member: owner.id,
            name: new.name,
            description: new.description,
            key_digest: administration.keyring.digester().digest(client_key.expose()),
            scopes: minimal(new.scopes),
            created_at: scene.now,
            updated_at: scene.now,
            expires_at: new.expires_at,
            state: ApplicationCredentialState::Active,
        };
        let view = view(realm, &credential, scene.now);
        let mut plan = Plan::new(scene, act, actor);
        plan.addition(Change::ApplicationCredentialPut { credential });
        plan.event("application_credential.create", target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        let token_endpoint = format!("{}/oauth2/token", realm.issuer);
        Ok::<_, AdministrationError>(plan.decide(CreatedApplication { view, client_key, token_endpoint }))
    })?;
    Ok(committed.outcome)
}

/// Description and scopes alone. What is taken away dies at once, what is added comes with the next token.
pub fn edit_application_credential(
    administration: &Administration,
    act: &Act,
    id: Uuid,
    edit: ApplicationCredentialEdit,
) -> Result<Edited<ApplicationCredentialView>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::ManageOwn)?;
        let known = find_own(realm, act, id, scene.now, Member::administers)?;
        if !known.is_live(scene.now) {
            return Err(AdministrationError::NotActive);
        }
        if let Some(scopes) = &edit.scopes {
            check(realm, scopes, Vec::new())?;
            ensure_held(realm, &act.caller, scopes, scene.now)?;
            let owner = realm.members.get(&known.member).ok_or(AdministrationError::NotFound(NOUN))?;
            if let Some(scope) = scopes.iter().find(|scope| !realm.holds(owner, scope)) {
                let detail = format!("its owner does not hold {scope}");
                return Err(AdministrationError::invalid("scopes", detail));
            }
        }
        let credential = ApplicationCredential {
            description: edit.description.unwrap_or_else(|| known.description.clone()),
            scopes: edit.scopes.map_or_else(|| known.scopes.clone(), minimal),
            updated_at: scene.now,
            ..(**known).clone()
        };
        let before = view(realm, known, scene.now);
        let after = view(realm, &credential, scene.now);
        ensure_current(act, &tagged(administration, before.clone())?)?;
        let mut plan = Plan::new(scene, act, actor);
        let cut = plan.change(realm, Change::ApplicationCredentialPut { credential });
        plan.event("application_credential.edit", target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide((after, cut)))
    })?;
    let (object, cut) = committed.outcome;
    Ok(Edited { object: tagged(administration, object)?, position: committed.position, cut })
}

/// One's own, or as an administrator anybody's. A second revocation waits at the barrier again and changes nothing.
pub fn revoke_application_credential(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<Edited<ApplicationCredentialView>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::ManageOwn)?;
        let known = find_own(realm, act, id, scene.now, Member::administers)?;
        let before = view(realm, known, scene.now);
        if known.state != ApplicationCredentialState::Active {
            return Ok(Decision::Nothing(before));
        }
        let state = ApplicationCredentialState::Revoked { at: scene.now };
        let credential = ApplicationCredential { state, updated_at: scene.now, ..(**known).clone() };
        let after = view(realm, &credential, scene.now);
        ensure_current(act, &tagged(administration, before.clone())?)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::ApplicationCredentialPut { credential });
        plan.event("application_credential.revoke", target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(Edited { object: committed.outcome, position: committed.position, cut: true })
}

/// One's own; whoever may read the realm sees everybody's.
pub fn find_application_credential(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<ApplicationCredentialView, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let known = find_own(&reading.realm, act, id, reading.now, Member::audits)?;
    tagged(administration, view(&reading.realm, known, reading.now))
}

/// One's own; whoever may read the realm sees everybody's.
pub fn list_application_credentials(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ApplicationCredentialView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let sees = |credential: &ApplicationCredential| {
        caller.as_ref().is_none_or(|member| member.audits() || member.id == credential.member)
    };
    let known = reading.realm.applications.values().filter(|known| sees(&known.record));
    let mut views: Vec<_> = known.map(|known| view(&reading.realm, &known.record, reading.now)).collect();
    let ids: Vec<Uuid> = views.iter().map(|view| view.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
    for view in &mut views {
        view.last_used_at = last_uses.remove(&view.id);
    }
    Ok(views)
}

/// To whom it is nobody's business there is no such credential.
fn find_own<'r>(
    realm: &'r RealmView,
    act: &Act,
    id: Uuid,
    now: Timestamp,
    sees_all: fn(&Member) -> bool,
) -> Result<&'r Arc<ApplicationCredential>, AdministrationError> {
    let caller = act.caller.find_member(realm, now)?;
    let known = realm.applications.get(&id).map(|known| &known.record);
    let may = |credential: &ApplicationCredential| {
        caller.as_ref().is_none_or(|member| member.id == credential.member || sees_all(member))
    };
    known.filter(|known| may(known)).ok_or(AdministrationError::NotFound(NOUN))
}

fn check(
    realm: &RealmView,
    scopes: &[Scope],
    mut errors: Vec<FieldError>,
) -> Result<(), AdministrationError> {
    if scopes.is_empty() {
        errors.push(FieldError::new("scopes", "at least one scope"));
    }
    check_scopes(realm, scopes, &mut errors);
    AdministrationError::unless_empty(errors)
}

/// What is implied is left out.
fn minimal(scopes: Vec<Scope>) -> Vec<Scope> {
    scopes.into_iter().collect::<ScopeSet>().iter().cloned().collect()
}

/// With what the usage tables add, as it is shown and as its tag is made.
fn tagged(
    administration: &Administration,
    view: ApplicationCredentialView,
) -> Result<ApplicationCredentialView, AdministrationError> {
    let last_used_at = administration.ledger.store().last_uses(&[view.id])?.remove(&view.id);
    Ok(ApplicationCredentialView { last_used_at, ..view })
}

fn view(realm: &RealmView, credential: &ApplicationCredential, now: Timestamp) -> ApplicationCredentialView {
    let (status, revoked_at) = match credential.state {
        ApplicationCredentialState::Revoked { at } => ("revoked", Some(at)),
        ApplicationCredentialState::Active if !credential.is_live(now) => ("expired", None),
        ApplicationCredentialState::Active => ("active", None),
    };
    ApplicationCredentialView {
        id: credential.id,
        client_id: credential.id,
        member: credential.member,
        name: credential.name.clone(),
        description: credential.description.clone(),
        scopes: credential.scopes.clone(),
        effective_scopes: realm.scopes_of_application(credential),
        status,
        created_at: credential.created_at,
        updated_at: credential.updated_at,
        expires_at: credential.expires_at,
        last_used_at: None,
        revoked_at,
    }
}

fn target(view: &ApplicationCredentialView) -> AuditTarget {
    AuditTarget { kind: "application_credential", id: view.id.to_string(), name: view.name.to_string() }
}
