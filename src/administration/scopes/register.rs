//! The realm's register of scopes.

use claviger_api::{NewScope, ScopeEdit, ScopeView};
use claviger_contract::{Scope, Timestamp};

use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, authorized_to_make, gone};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use crate::snapshot::RealmView;
use claviger_domain::{
    AuditAction, AuditTarget, Bound, BuiltInScope, Change, Key, MemberToken, ScopeEntry, Subject, TargetKind,
};

impl Listable for ScopeView {
    const LIST: Shape = Shape {
        sorts: &["scope", "created_at", "updated_at"],
        default_sort: "scope",
        statuses: &[],
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "created_at" => self.created_at.to_string(),
            "updated_at" => self.updated_at.to_string(),
            _ => self.scope.to_string(),
        };
        Facts {
            id: self.scope.to_string(),
            key,
            status: "",
            searched: vec![self.scope.to_string(), self.description.to_string()],
        }
    }
}

pub fn create_scope(
    administration: &Administration,
    act: &Act,
    new: NewScope,
) -> Result<ScopeView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let NewScope { scope, description } = new;
        if realm.scopes.contains_key(&scope) {
            return Err(AdministrationError::Conflict(format!("{scope} is already registered")));
        }
        if scope.resource().is_some() {
            let detail =
                "must be a word or type:action; actions of a resource are registered with the resource";
            return Err(AdministrationError::invalid("scope", detail));
        }
        if BuiltInScope::reserves(&scope) {
            return Err(AdministrationError::invalid("scope", "admin is built in: choose another type"));
        }
        scene.limits.check(Bound::ScopesPerRealm, realm.scopes.len(), 1)?;
        let entry = ScopeEntry { scope, description, created_at: scene.now, updated_at: scene.now };
        let view = view(&entry);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(entry));
        plan.event(AuditAction::ScopeCreate, target(&view.scope), None::<&()>, Some(&view));
        plan.made(&view.scope);
        Ok::<_, AdministrationError>(plan.decide(view))
    })?;
    Ok(committed.outcome)
}

pub fn edit_scope(
    administration: &Administration,
    act: &Act,
    scope: &Scope,
    edit: ScopeEdit,
) -> Result<Unsettled<ScopeView>, AdministrationError> {
    let subject = Subject::from(Key::Scope(scope.clone()));
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.scopes.get(scope).ok_or(AdministrationError::NotFound("scope"))?;
        let description = edit.description.unwrap_or_else(|| known.description.clone());
        let entry = ScopeEntry { description, updated_at: scene.now, ..(**known).clone() };
        let (before, after) = (view(known), view(&entry));
        let is_same = entry.description == known.description;
        let change = (!is_same).then_some(Change::put(entry));
        let (action, target) = (AuditAction::ScopeEdit, target(scope));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

/// Refused while the scope is in use.
pub fn delete_scope(
    administration: &Administration,
    act: &Act,
    scope: &Scope,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::Scope(scope.clone()));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.scopes.get(scope) else { return gone(realm, &subject, "scope", ()) };
        if let Some(user) = user_of(realm, scope, scene.now) {
            return Err(AdministrationError::Conflict(format!(
                "{scope} is in use by {user}: remove it there first"
            )));
        }
        let before = view(known);
        let (action, target) = (AuditAction::ScopeDelete, target(scope));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }
            .delete(&before, Change::Deleted(Key::Scope(scope.clone())))
    })
}

pub fn find_scope(
    administration: &Administration,
    act: &Act,
    scope: &Scope,
) -> Result<ScopeView, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    reading.realm.scopes.get(scope).map(|entry| view(entry)).ok_or(AdministrationError::NotFound("scope"))
}

/// In scope order. Every member may see the available scopes.
pub fn list_scopes(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ScopeView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    Ok(reading.realm.scopes.values().map(|entry| view(entry)).collect())
}

fn user_of(realm: &RealmView, scope: &Scope, now: Timestamp) -> Option<String> {
    let group = realm.groups.values().find(|group| group.scopes.contains(scope));
    if let Some(group) = group {
        return Some(format!("group \"{}\"", group.name));
    }
    let uses = |token: &MemberToken| token.is_live(now) && token.scopes.contains(scope);
    let token = realm.member_tokens.values().find(|token| uses(token));
    if let Some(token) = token {
        return Some(format!("{} {}", token.kind.words(), token.id));
    }
    let mut applications = realm.applications.values().map(|known| &known.record);
    let application =
        applications.find(|application| application.is_live(now) && application.scopes.contains(scope));
    application.map(|application| format!("application credential \"{}\"", application.name))
}

fn view(entry: &ScopeEntry) -> ScopeView {
    ScopeView {
        scope: entry.scope.clone(),
        description: entry.description.clone(),
        created_at: entry.created_at,
        updated_at: entry.updated_at,
    }
}

fn target(scope: &Scope) -> AuditTarget {
    AuditTarget { kind: TargetKind::Scope, id: scope.to_string(), name: scope.to_string() }
}
