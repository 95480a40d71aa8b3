//! What every administrative act works with.

use std::sync::Arc;

use claviger_contract::{Scope, Timestamp};
use serde::Serialize;

use super::{AdministrationError, FieldError, entity_tag};
use crate::crypto::Keyring;
use crate::domain::{Actor, BuiltInScope, Name, ResourceGrant};
use crate::ledger::{Act, Caller, Ledger, Right, Scene};
use crate::snapshot::{RealmView, Snapshot};

pub struct Administration {
    pub ledger: Arc<Ledger>,
    pub keyring: Arc<Keyring>,
    /// Without a slash at the end.
    pub public_url: String,
}

/// A changed object, and whether older tokens died of the change: then the caller waits at the barrier of `position`.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited<T> {
    pub object: T,
    pub position: claviger_contract::Position,
    pub cut: bool,
}

impl Administration {
    /// The realm as this node has applied it, for a caller who may read what `right` says.
    pub fn read(&self, act: &Act, right: Right) -> Result<Reading, AdministrationError> {
        let snapshot = self.ledger.latest();
        let realm = realm(&snapshot, act)?.clone();
        let now = self.ledger.clock().now();
        act.caller.authorise(&realm, right, now)?;
        Ok(Reading { realm, now })
    }
}

pub struct Reading {
    pub realm: Arc<RealmView>,
    pub now: Timestamp,
}

/// The realm at the head of the log, and who acts on it, if they may.
pub fn authorised<'s>(
    scene: &'s Scene<'_>,
    act: &Act,
    right: Right,
) -> Result<(&'s Arc<RealmView>, Actor), AdministrationError> {
    let realm = realm(scene.snapshot, act)?;
    let actor = act.caller.authorise(realm, right, scene.now)?;
    Ok((realm, actor))
}

/// As [`authorised`], for an act that makes something: a retry of one that was carried out makes nothing new.
pub fn authorised_to_make<'s>(
    administration: &Administration,
    scene: &'s Scene<'_>,
    act: &Act,
    right: Right,
) -> Result<(&'s Arc<RealmView>, Actor), AdministrationError> {
    let authorised = authorised(scene, act, right)?;
    if let Some(attempt) = &act.attempt {
        // Nobody else writes now: what is found is all that there is.
        let store = administration.ledger.store();
        if let Some(id) = store.find_made(&act.realm, &act.caller.as_text(), attempt, scene.now)? {
            return Err(AdministrationError::AlreadyMade(id));
        }
    }
    Ok(authorised)
}

fn realm<'s>(snapshot: &'s Arc<Snapshot>, act: &Act) -> Result<&'s Arc<RealmView>, AdministrationError> {
    snapshot.find_realm(act.realm.as_str()).ok_or(AdministrationError::NotFound("realm"))
}

/// Refuses an act that was decided on another state of the object than `view` shows.
pub fn ensure_current(act: &Act, view: &impl Serialize) -> Result<(), AdministrationError> {
    match &act.if_match {
        Some(expected) if !expected.matches(&entity_tag(view)) => Err(AdministrationError::Stale),
        _ => Ok(()),
    }
}

/// Granted ⊆ held, at commit, against the state there.
pub fn ensure_held<'a>(
    realm: &RealmView,
    caller: &Caller,
    scopes: impl IntoIterator<Item = &'a Scope>,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let Some(member) = caller.find_member(realm, now)? else { return Ok(()) };
    match scopes.into_iter().find(|scope| !realm.holds(&member, scope)) {
        Some(scope) => Err(AdministrationError::not_held(scope)),
        None => Ok(()),
    }
}

/// Names every group that does not exist.
pub fn check_groups(realm: &RealmView, groups: &[Name], errors: &mut Vec<FieldError>) {
    let unknown = groups.iter().filter(|name| !realm.groups.contains_key(*name));
    errors.extend(unknown.map(|name| FieldError::new("groups", format!("there is no group \"{name}\""))));
}

/// Names every resource that does not exist and every action that its resource does not offer.
pub fn check_grants(realm: &RealmView, grants: &[ResourceGrant], errors: &mut Vec<FieldError>) {
    for grant in grants {
        let Some(resource) = realm.resources.get(&grant.resource) else {
            errors.push(FieldError::new("resources", format!("there is no resource {}", grant.resource)));
            continue;
        };
        if grant.actions.is_empty() {
            errors.push(FieldError::new(
                "resources",
                format!("choose at least one action of {}", grant.resource),
            ));
        }
        let unknown = grant.actions.iter().filter(|action| !resource.offers(action));
        errors.extend(unknown.map(|action| {
            let offered = resource.actions.join(", ");
            FieldError::new("resources", format!("{} offers no \"{action}\", but: {offered}", grant.resource))
        }));
    }
}

/// Names every scope that is neither registered nor offered by a resource.
pub fn check_scopes(realm: &RealmView, scopes: &[Scope], errors: &mut Vec<FieldError>) {
    let unknown = scopes.iter().filter(|scope| !realm.knows(scope));
    errors.extend(unknown.map(|scope| {
        let why = match BuiltInScope::parse(scope) {
            Some(_) => "is for personal access tokens alone",
            None => "is neither registered nor an action that its resource offers",
        };
        FieldError::new("scopes", format!("{scope} {why}"))
    }));
}

/// Lists from outside are sets: sorted, and each once.
pub fn as_set<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
