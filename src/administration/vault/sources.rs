//! Sources: create, list, show, edit, delete.

use claviger_api::{FieldValues, NewSource, SourceEdit, SourceStatus, SourceView};
use claviger_domain::{
    AuditAction, AuditTarget, Bound, CatalogId, Change, Key, Name, Query, Source, SourceCredentialId,
    SourceFilter, SourceId, Subject, TargetKind, VaultSort,
};

use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, authorized_to_make, gone};
use crate::administration::vault::pull::pull_view;
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use crate::snapshot::RealmView;

impl Listable for SourceView {
    const LIST: Shape = Shape {
        sorts: &["name", "created_at"],
        default_sort: "name",
        statuses: &["active", "stopped"],
        others: &["source_type", "source_credential_id"],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = if sort == "name" { self.name.to_string() } else { self.id.to_string() };
        let searched = vec![self.name.to_string(), self.source_type.to_string(), self.id.to_string()];
        Facts { id: self.id.to_string(), key, status: "", searched }
    }
}

/// In bytes, as JSON.
const MAX_SETTINGS: usize = 16 << 10;

pub fn create_source(
    administration: &Administration,
    act: &Act,
    new: NewSource,
) -> Result<SourceView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        check_settings(&new.settings)?;
        let source_type = type_of(realm, new.source_credential_id)?.clone();
        ensure_name_is_free(realm, &new.name, None)?;
        scene.limits.check(Bound::SourcesPerRealm, realm.vault.source_count(), 1)?;
        let record = Source {
            id: scene.new_id(),
            name: new.name.clone(),
            source_type,
            credential: new.source_credential_id,
            settings: new.settings.expose().clone(),
            created_at: scene.now,
            created_by: actor.clone(),
            updated_at: scene.now,
            updated_by: actor.clone(),
        };
        let shown = view(realm, &record);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(record));
        plan.event(AuditAction::SourceCreate, target(&shown), None::<&()>, Some(&shown));
        plan.made(&shown.id);
        Ok::<_, AdministrationError>(plan.decide(shown))
    })?;
    Ok(committed.outcome)
}

/// Once it is answered, nobody gets the earlier credential for this source.
pub fn edit_source(
    administration: &Administration,
    act: &Act,
    id: SourceId,
    edit: SourceEdit,
) -> Result<Unsettled<SourceView>, AdministrationError> {
    let subject = Subject::from(Key::Source(id));
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known =
            scene.tables.find_source(&act.realm, id)?.ok_or(AdministrationError::NotFound("source"))?;
        let mut edited = known.clone();
        if let Some(name) = &edit.name {
            ensure_name_is_free(realm, name, Some(id))?;
            edited.name = name.clone();
        }
        if let Some(credential) = edit.source_credential_id {
            let source_type = type_of(realm, credential)?;
            if *source_type != known.source_type {
                let detail = format!("must be a credential of type {}, not {source_type}", known.source_type);
                return Err(AdministrationError::invalid("source_credential_id", detail));
            }
            edited.credential = credential;
        }
        if let Some(settings) = &edit.settings {
            check_settings(settings)?;
            edited.settings = settings.expose().clone();
        }
        let change = (edited != known).then(|| {
            (edited.updated_at, edited.updated_by) = (scene.now, actor.clone());
            Change::put(edited.clone())
        });
        let (before, after) = (view(realm, &known), view(realm, &edited));
        let (action, target) = (AuditAction::SourceEdit, target(&after));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

pub fn delete_source(
    administration: &Administration,
    act: &Act,
    id: SourceId,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::Source(id));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = scene.tables.find_source(&act.realm, id)? else {
            return gone(realm, &subject, "source", ());
        };
        let before = view(realm, &known);
        let (action, target) = (AuditAction::SourceDelete, target(&before));
        let on = OnObject { scene, act, realm, actor, subject: &subject, action, target };
        on.delete(&before, Change::Deleted(Key::Source(id)))
    })
}

pub fn find_source(
    administration: &Administration,
    act: &Act,
    id: SourceId,
) -> Result<SourceView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let found = administration.ledger.store().find_source(&act.realm, id)?;
    let record = found.ok_or(AdministrationError::NotFound("source"))?;
    let mut shown = [view(&reading.realm, &record)];
    add_pulls(administration, &mut shown)?;
    let [shown] = shown;
    Ok(shown)
}

pub fn list_sources(
    administration: &Administration,
    act: &Act,
    filter: &SourceFilter,
    query: &Query<VaultSort>,
) -> Result<Vec<SourceView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let records = administration.ledger.store().list_sources(&act.realm, filter, query)?;
    let mut shown: Vec<_> = records.iter().map(|record| view(&reading.realm, record)).collect();
    add_pulls(administration, &mut shown)?;
    Ok(shown)
}

fn add_pulls(administration: &Administration, shown: &mut [SourceView]) -> Result<(), AdministrationError> {
    let ids: Vec<SourceId> = shown.iter().map(|source| source.id).collect();
    let pulls = administration.ledger.store().last_source_pulls(&ids)?;
    for source in shown {
        source.last_pull = pulls.get(&source.id).map(pull_view);
    }
    Ok(())
}

/// Without the last pull, which is no part of the record.
fn view(realm: &RealmView, record: &Source) -> SourceView {
    let (status, stopped_reason) = match realm.vault.credential(record.credential) {
        Some(_) => (SourceStatus::Active, None),
        None => (SourceStatus::Stopped, Some("credential deleted".to_owned())),
    };
    SourceView {
        id: record.id,
        name: record.name.clone(),
        source_type: record.source_type.clone(),
        source_credential_id: record.credential,
        status,
        stopped_reason,
        settings: FieldValues::from(record.settings.clone()),
        last_pull: None,
        created_at: record.created_at,
        created_by: record.created_by.clone(),
        updated_at: record.updated_at,
        updated_by: record.updated_by.clone(),
    }
}

fn target(view: &SourceView) -> AuditTarget {
    AuditTarget { kind: TargetKind::Source, id: view.id.to_string(), name: view.name.to_string() }
}

fn type_of(realm: &RealmView, credential: SourceCredentialId) -> Result<&CatalogId, AdministrationError> {
    let known = realm.vault.credential(credential).map(|known| &known.source_type);
    known.ok_or_else(|| {
        let detail = format!("there is no source credential {credential}");
        AdministrationError::invalid("source_credential_id", detail)
    })
}

fn ensure_name_is_free(
    realm: &RealmView,
    name: &Name,
    own: Option<SourceId>,
) -> Result<(), AdministrationError> {
    match realm.vault.source_named(name).filter(|id| Some(*id) != own) {
        None => Ok(()),
        Some(id) => Err(AdministrationError::Conflict(format!("a source \"{name}\" already exists: {id}"))),
    }
}

fn check_settings(settings: &FieldValues) -> Result<(), AdministrationError> {
    let bytes = serde_json::to_vec(settings).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_SETTINGS {
        let detail = format!("must take at most {MAX_SETTINGS} bytes as JSON");
        return Err(AdministrationError::invalid("settings", detail));
    }
    Ok(())
}
