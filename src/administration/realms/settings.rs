//! Realms: created by the operator of the machine, configured by their administrators.

use std::str::FromStr;

use claviger_api::{CreatedMemberToken, RealmEdit, RealmView, ShownOnce};
use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::member_tokens::tokens::{self as member_tokens, make_operator_token};
use crate::administration::members;
use crate::administration::registry_keys::plan_first_registry_keys;
use crate::administration::setting::Administration;
use crate::administration::setting::{
    LETS_ADMINISTER, as_set, authorized, ensure_account_holder, ensure_current, ensure_current_or_done,
};
use crate::administration::signing_keys::plan_first_keys;
use crate::ledger::{Act, Asked, Caller, Denied, Plan, Right, Scene, Unsettled};
use crate::snapshot;
use crate::store::Decision;
use claviger_domain::{
    AuditAction, AuditTarget, Change, Description, EmailAddress, Member, MemberState, Realm, RealmSettings,
    Role, ScopeEntry, Subject, TargetKind, foundries_preset,
};

/// The initial scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    Foundries,
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "foundries" => Ok(Self::Foundries),
            other => Err(format!("\"{other}\" is not a preset: use foundries")),
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewRealm {
    pub owner: EmailAddress,
    pub preset: Option<Preset>,
}

/// Creates the realm, its owner, its keys and the owner's first token: all or nothing.
pub fn create_realm(
    administration: &Administration,
    act: &Act,
    new: NewRealm,
) -> Result<CreatedMemberToken, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        if act.caller != Caller::Operator {
            return Err(Denied::MissingRole("operator of the machine").into());
        }
        if let Some(known) = scene.find_realm_or_deleted(&act.realm) {
            let detail = match known.is_deleted() {
                true => format!("a realm \"{}\" was deleted, and its name is not free yet", act.realm),
                false => format!("a realm \"{}\" already exists", act.realm),
            };
            return Err(AdministrationError::Conflict(detail));
        }
        let owner = owner(scene, &new.owner)?;
        let (token, secret) = make_operator_token(administration, scene, &owner)?;
        let mut plan = Plan::new(scene, act, Caller::operator());
        let record = Realm {
            label: act.realm.clone(),
            display_name: Description::default(),
            settings: RealmSettings::default(),
            suspended_at: None,
            deleted_at: None,
            created_at: scene.now,
            updated_at: scene.now,
        };
        let algorithm = record.settings.default_alg;
        let target =
            AuditTarget { kind: TargetKind::Realm, id: act.realm.to_string(), name: act.realm.to_string() };
        plan.addition(Change::put(record.clone()));
        plan.event(AuditAction::RealmCreate, target, None::<&()>, Some(&record));
        for entry in scopes(new.preset, scene.now)? {
            plan.addition(Change::put(entry));
        }
        plan_first_keys(administration, scene, act, &mut plan, algorithm)?;
        plan_first_registry_keys(administration, scene, act, &mut plan)?;
        let member = members::view_with(&owner, Vec::new());
        plan.addition(Change::put(owner));
        plan.event(AuditAction::MemberCreate, members::target(&member), None::<&()>, Some(&member));
        let shown = member_tokens::view(&token, scene.next, scene.now);
        let (action, target) =
            (member_tokens::create_action(token.kind), member_tokens::target(token.kind, &shown));
        plan.addition(Change::put(token));
        plan.event(action, target, None::<&()>, Some(&shown));
        Ok::<_, AdministrationError>(
            plan.decide(CreatedMemberToken { shown, token: ShownOnce::from(&secret) }),
        )
    })?;
    Ok(committed.outcome)
}

pub fn find_realm(administration: &Administration, act: &Act) -> Result<RealmView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(view(&reading.realm, &reading.realm.record))
}

/// Limited because every receipt names each of them.
const MAX_REGISTRY_SERVICES: usize = 100;

/// Settings apply to what is created from now on; existing objects stay. When a narrower setting is answered, no node
/// applies the wider one.
pub fn edit_realm(
    administration: &Administration,
    act: &Act,
    edit: RealmEdit,
) -> Result<Unsettled<RealmView>, AdministrationError> {
    administration.ledger.restrict(act, &Subject::Settings, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = (*realm.record).clone();
        let settings = RealmSettings {
            administrative_credentials: edit
                .administrative_credentials
                .unwrap_or(known.settings.administrative_credentials),
            service_credentials: edit.service_credentials.unwrap_or(known.settings.service_credentials),
            require_resource: edit.require_resource.unwrap_or(known.settings.require_resource),
            default_alg: edit.default_alg.unwrap_or(known.settings.default_alg),
            registry_services: edit
                .registry_services
                .map_or_else(|| known.settings.registry_services.clone(), as_set),
            registry_token_ttl_seconds: edit
                .registry_token_ttl_seconds
                .unwrap_or(known.settings.registry_token_ttl_seconds),
        };
        if settings.registry_services.len()
            > MAX_REGISTRY_SERVICES.max(known.settings.registry_services.len())
        {
            let detail = format!("must have at most {MAX_REGISTRY_SERVICES} services");
            return Err(AdministrationError::invalid("registry_services", detail));
        }
        if settings.administrative_credentials && !known.settings.administrative_credentials {
            ensure_account_holder(realm, act, scene.now, LETS_ADMINISTER)?;
        }
        let display_name = edit.display_name.unwrap_or_else(|| known.display_name.clone());
        let record = Realm { display_name, settings, updated_at: scene.now, ..known };
        let (before, after) = (view(realm, &realm.record), view(realm, &record));
        if (Realm { updated_at: realm.record.updated_at, ..record.clone() }) == *realm.record {
            ensure_current_or_done(realm, act, &Subject::Settings, &before)?;
            return Ok(Decision::Nothing(before));
        }
        ensure_current(act, &before)?;
        let target =
            AuditTarget { kind: TargetKind::Realm, id: act.realm.to_string(), name: act.realm.to_string() };
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(record));
        plan.event(AuditAction::RealmEdit, target, Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

/// A suspended realm issues and accepts no tokens. Tokens issued before the suspension stay invalid afterwards.
pub fn suspend_realm(
    administration: &Administration,
    act: &Act,
    suspended: bool,
) -> Result<Unsettled<()>, AdministrationError> {
    administration.ledger.restrict(act, &Subject::Realm, Asked::End, |scene| {
        if act.caller != Caller::Operator {
            return Err(Denied::MissingRole("operator of the machine").into());
        }
        let realm = scene.find_realm(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
        if realm.is_suspended() == suspended {
            return match realm.last_restriction_of(&Subject::Realm) {
                Some(_) => Ok(Decision::Nothing(())),
                None => {
                    let detail = format!("the realm {} is not suspended", act.realm);
                    Err(AdministrationError::Conflict(detail))
                }
            };
        }
        let suspended_at = suspended.then_some(scene.now);
        let after = Realm { suspended_at, updated_at: scene.now, ..(*realm.record).clone() };
        let target =
            AuditTarget { kind: TargetKind::Realm, id: act.realm.to_string(), name: act.realm.to_string() };
        let action = if suspended { AuditAction::RealmSuspend } else { AuditAction::RealmResume };
        let mut plan = Plan::new(scene, act, Caller::operator());
        plan.addition(Change::RealmCut { suspended_at, at: scene.now });
        plan.event(action, target, Some(&view(realm, &realm.record)), Some(&view(realm, &after)));
        Ok::<_, AdministrationError>(plan.decide(()))
    })
}

fn owner(scene: &Scene<'_>, email: &EmailAddress) -> Result<Member, AdministrationError> {
    let local_part: String = email.as_str().split('@').next().unwrap_or_default().chars().take(64).collect();
    Ok(Member {
        id: scene.new_id(),
        email: email.clone(),
        name: local_part.parse().map_err(|error| AdministrationError::invalid("owner", error))?,
        roles: vec![Role::AccountHolder],
        groups: Vec::new(),
        state: MemberState::Active,
        created_at: scene.now,
        updated_at: scene.now,
    })
}

fn scopes(preset: Option<Preset>, now: Timestamp) -> Result<Vec<ScopeEntry>, AdministrationError> {
    let listed = match preset {
        None => &[][..],
        Some(Preset::Foundries) => &foundries_preset()[..],
    };
    listed
        .iter()
        .map(|(scope, description)| {
            Ok(ScopeEntry {
                scope: scope.parse().map_err(|error| AdministrationError::invalid("preset", error))?,
                description: description
                    .parse()
                    .map_err(|error| AdministrationError::invalid("preset", error))?,
                created_at: now,
                updated_at: now,
            })
        })
        .collect()
}

fn view(realm: &snapshot::RealmView, record: &Realm) -> RealmView {
    let settings = &record.settings;
    RealmView {
        realm: record.label.clone(),
        issuer: realm.issuer.to_string(),
        display_name: record.display_name.clone(),
        service_credentials: settings.service_credentials,
        administrative_credentials: settings.administrative_credentials,
        require_resource: settings.require_resource,
        default_alg: settings.default_alg,
        registry_services: settings.registry_services.clone(),
        registry_token_ttl_seconds: settings.registry_token_ttl_seconds,
        suspended_at: record.suspended_at,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}
