//! The context of every administrative act.

use std::sync::Arc;

use claviger_api::FieldError;
use claviger_contract::{Scope, Timestamp};
use serde::Serialize;

use crate::administration::entity_tag::entity_tag;
use crate::administration::error::AdministrationError;
use crate::crypto::{Keyring, Passwords};
use crate::ledger::{Act, Caller, Denied, Ledger, Right, Scene};
use crate::sign_in::IdentityProviders;
use crate::snapshot::{RealmView, Snapshot};
use crate::store::Decision;
use crate::vault::Providers;
use crate::webhooks::WebhookSender;
use claviger_domain::{Actor, BuiltInScope, Member, Name, ResourceGrant, Role, Subject};

/// Clones share everything.
#[derive(Clone)]
pub struct Administration {
    pub ledger: Arc<Ledger>,
    pub keyring: Arc<Keyring>,
    /// Without a trailing slash.
    pub public_url: String,
    pub providers: Arc<Providers>,
    pub webhooks: Arc<WebhookSender>,
    pub passwords: Arc<Passwords>,
    pub identity_providers: Arc<IdentityProviders>,
}

impl Administration {
    /// The realm as applied by this node, for a caller with `right`.
    pub fn read(&self, act: &Act, right: Right) -> Result<Reading, AdministrationError> {
        let snapshot = self.ledger.latest();
        let realm = realm(&snapshot, act)?.clone();
        let now = self.ledger.now();
        act.caller.authorize(&realm, right, now)?;
        Ok(Reading { realm, now })
    }
}

pub struct Reading {
    pub realm: Arc<RealmView>,
    pub now: Timestamp,
}

/// The realm at the head of the log and the acting party, if permitted.
pub fn authorized<'s>(
    scene: &'s Scene<'_>,
    act: &Act,
    right: Right,
) -> Result<(&'s Arc<RealmView>, Actor), AdministrationError> {
    let realm = realm(scene.snapshot, act)?;
    let actor = act.caller.authorize(realm, right, scene.now)?;
    Ok((realm, actor))
}

/// As [`authorized`], for a creating act: a retry after success creates nothing new.
pub fn authorized_to_make<'s>(
    scene: &'s Scene<'_>,
    act: &Act,
    right: Right,
) -> Result<(&'s Arc<RealmView>, Actor), AdministrationError> {
    let authorized = authorized(scene, act, right)?;
    if let Some(attempt) = &act.attempt {
        // There is no other writer now, so the result is complete.
        if let Some(id) = scene.tables.find_made(&act.realm, &act.caller.as_text(), attempt, scene.trusted)? {
            return Err(AdministrationError::AlreadyMade(id));
        }
    }
    Ok(authorized)
}

fn realm<'s>(snapshot: &'s Arc<Snapshot>, act: &Act) -> Result<&'s Arc<RealmView>, AdministrationError> {
    snapshot.find_realm(act.realm.as_str()).ok_or(AdministrationError::NotFound("realm"))
}

/// Refuses an act whose `If-Match` does not match the state that `view` shows.
pub fn ensure_current(act: &Act, view: &impl Serialize) -> Result<(), AdministrationError> {
    match &act.if_match {
        Some(expected) if !expected.matches(&entity_tag(view)) => Err(AdministrationError::Stale),
        _ => Ok(()),
    }
}

/// For an act whose object is already as requested. A repeated request carries the tag from before the first one. It is
/// not refused if something was taken away recently, because the request is fulfilled (RFC 9110 §13.1.1).
pub fn ensure_current_or_done(
    realm: &RealmView,
    act: &Act,
    subject: &Subject,
    view: &impl Serialize,
) -> Result<(), AdministrationError> {
    match realm.last_restriction_of(subject) {
        Some(_) => Ok(()),
        None => ensure_current(act, view),
    }
}

/// For an act on an object that does not exist: already done if the object was removed recently.
pub fn gone<T>(
    realm: &RealmView,
    subject: &Subject,
    noun: &'static str,
    outcome: T,
) -> Result<Decision<T>, AdministrationError> {
    match realm.last_restriction_of(subject) {
        Some(_) => Ok(Decision::Nothing(outcome)),
        None => Err(AdministrationError::NotFound(noun)),
    }
}

/// Granted ⊆ held, at commit, against the state there.
pub fn ensure_held<'a>(
    realm: &RealmView,
    caller: &Caller,
    scopes: impl IntoIterator<Item = &'a Scope>,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    if caller.is_credential() {
        // Its right to manage credentials or groups is that of an administrator, who holds every registered scope.
        let unknown = scopes.into_iter().find(|scope| !realm.knows(scope));
        return unknown.map_or(Ok(()), |scope| Err(AdministrationError::not_held(scope)));
    }
    let Some(member) = caller.find_member(realm, now)? else { return Ok(()) };
    match scopes.into_iter().find(|scope| !realm.holds(&member, scope)) {
        Some(scope) => Err(AdministrationError::not_held(scope)),
        None => Ok(()),
    }
}

/// For what gives a credential the right to administer.
pub const LETS_ADMINISTER: &str = "account_holder: only an account holder may let credentials administer";

/// For acts that other administrators may not do. `needed` names the role and says why.
pub fn ensure_account_holder(
    realm: &RealmView,
    act: &Act,
    now: Timestamp,
    needed: &'static str,
) -> Result<(), AdministrationError> {
    match act.caller.find_member(realm, now)? {
        Some(member) if !member.has_role(Role::AccountHolder) => Err(Denied::MissingRole(needed).into()),
        _ => Ok(()),
    }
}

/// An administrator may change what any member owns. What an account holder owns, only account holders may change, as
/// with the account holder itself.
pub fn ensure_may_change_of(
    caller: Option<&Member>,
    owner: Option<&Member>,
) -> Result<(), AdministrationError> {
    let Some(caller) = caller else { return Ok(()) };
    let is_holder = |member: &Member| member.has_role(Role::AccountHolder);
    if owner.is_some_and(|owner| owner.id != caller.id && is_holder(owner)) && !is_holder(caller) {
        let needed =
            "account_holder: only an account holder may change or end what another account holder owns";
        return Err(Denied::MissingRole(needed).into());
    }
    Ok(())
}

/// Adds an error for every group that does not exist.
pub fn check_groups(realm: &RealmView, groups: &[Name], errors: &mut Vec<FieldError>) {
    let unknown = groups.iter().filter(|name| !realm.groups.contains_key(*name));
    errors.extend(unknown.map(|name| FieldError::new("groups", format!("there is no group \"{name}\""))));
}

/// Adds an error for every resource that does not exist, and every action that its resource does not offer.
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
            FieldError::new(
                "resources",
                format!("{} does not offer \"{action}\"; it offers: {offered}", grant.resource),
            )
        }));
    }
}

/// Adds an error for every scope that is neither registered nor offered by a resource.
pub fn check_scopes(realm: &RealmView, scopes: &[Scope], errors: &mut Vec<FieldError>) {
    let unknown = scopes.iter().filter(|scope| !realm.knows(scope));
    errors.extend(unknown.map(|scope| {
        let why = match BuiltInScope::parse(scope) {
            Some(_) => "is allowed only in personal access tokens",
            None => "is neither registered nor an action that its resource offers",
        };
        FieldError::new("scopes", format!("{scope} {why}"))
    }));
}

/// Treats lists in requests as sets: sorted, without duplicates.
pub fn as_set<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
