//! Source credentials: create, list, show, edit, delete. The provider is asked before one is stored.

use claviger_api::{NewSourceCredential, SourceCredentialEdit, SourceCredentialView};
use claviger_domain::{
    AuditAction, Bound, Change, Description, Key, Name, Query, Resource, Slug, SourceCredential,
    SourceCredentialFilter, SourceCredentialId, Subject, ValidationOutcome, VaultSort,
};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, authorized_to_make, ensure_current, gone};
use crate::administration::vault::field_input::{plain, secret_names};
use crate::administration::vault::proof::proven;
use crate::administration::vault::proposal::{propose_edit, propose_new};
use crate::administration::vault::source_credential_view::{target, view};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use crate::snapshot::RealmView;
use crate::vault::seal_secrets;

/// Also creates the resource `vault/{slug}` with the action `use`, unless it exists.
pub fn create_source_credential(
    administration: &Administration,
    act: &Act,
    new: NewSourceCredential,
) -> Result<SourceCredentialView, AdministrationError> {
    let proposal = propose_new(administration, act, new)?;
    let validation = proven(administration, act, &proposal)?;
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        ensure_name_is_free(realm, &proposal.name, None)?;
        if realm.vault.credential_with_slug(&proposal.slug).is_some() {
            let detail = format!("a source credential with the slug \"{}\" already exists", proposal.slug);
            return Err(AdministrationError::Conflict(detail));
        }
        scene.limits.check(Bound::SourceCredentialsPerRealm, realm.vault.credential_count(), 1)?;
        let resource = new_resource(realm, &proposal.slug, scene.now)?;
        if resource.is_some() {
            scene.limits.check(Bound::ResourcesPerRealm, realm.resources.len(), 1)?;
        }
        let (id, fields) = (scene.new_id(), &proposal.fields);
        let sealed = seal_secrets(&administration.keyring, &act.realm, id, fields, scene.randomness())?;
        let record = SourceCredential {
            id,
            name: proposal.name.clone(),
            slug: proposal.slug.clone(),
            source_type: proposal.source_type.clone(),
            auth_mode: proposal.auth_mode.clone(),
            fields: plain(fields),
            secret_fields: secret_names(fields),
            profile: proposal.profile.clone(),
            answers: proposal.answers.clone(),
            expires_at: proposal.expires_at.or(validation.expires_at),
            validation: validation.clone(),
            failed_since: None,
            version: 1,
            created_at: scene.now,
            created_by: actor.clone(),
            updated_at: scene.now,
            updated_by: actor.clone(),
        };
        let shown = view(realm, &record, scene.now);
        let mut plan = Plan::new(scene, act, actor);
        if let Some(resource) = resource {
            plan.change(realm, Change::put(resource));
        }
        let target = target(&record);
        plan.sealed_change(realm, Change::put(record), sealed);
        plan.event(AuditAction::SourceCredentialCreate, target, None::<&()>, Some(&shown));
        plan.made(&id);
        Ok::<_, AdministrationError>(plan.decide(shown))
    })?;
    Ok(committed.outcome)
}

/// Until it is committed, sources resolve the credential as it was. The provider is asked on a state that must still be
/// the present one at the commit.
pub fn edit_source_credential(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
    edit: SourceCredentialEdit,
) -> Result<Unsettled<SourceCredentialView>, AdministrationError> {
    let proposal = propose_edit(administration, act, id, edit)?;
    let validation = proven(administration, act, &proposal)?;
    let subject = Subject::from(Key::SourceCredential(id));
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = scene.tables.find_source_credential(&act.realm, id)?;
        let known = known.ok_or(AdministrationError::NotFound("source credential"))?.record;
        if proposal.before.as_ref().is_none_or(|before| before.version != known.version) {
            return Err(AdministrationError::Conflict(
                "the source credential was changed meanwhile: read it again, then retry".to_owned(),
            ));
        }
        ensure_name_is_free(realm, &proposal.name, Some(id))?;
        let fields = &proposal.fields;
        let sealed = seal_secrets(&administration.keyring, &act.realm, id, fields, scene.randomness())?;
        let edited = SourceCredential {
            name: proposal.name.clone(),
            fields: plain(fields),
            secret_fields: secret_names(fields),
            profile: proposal.profile.clone(),
            answers: proposal.answers.clone(),
            expires_at: proposal.expires_at.or(validation.expires_at),
            failed_since: known.failed_since.filter(|_| proposal.keeps_validation),
            validation: validation.clone(),
            version: known.version + 1,
            updated_at: scene.now,
            updated_by: actor.clone(),
            ..known.clone()
        };
        let (before, after) = (view(realm, &known, scene.now), view(realm, &edited, scene.now));
        let mut plan = Plan::new(scene, act, actor);
        let target = target(&edited);
        plan.sealed_change(realm, Change::put(edited), sealed);
        plan.event(AuditAction::SourceCredentialEdit, target.clone(), Some(&before), Some(&after));
        if before.failed_since.is_some() && validation.outcome == ValidationOutcome::Ok {
            plan.event(AuditAction::SourceCredentialRecovered, target, Some(&before), Some(&after));
        }
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

/// Destroys the secrets, and stops the sources that use it. Its resource goes too, and with it every grant of it.
pub fn delete_source_credential(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::SourceCredential(id));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        if realm.vault.credential(id).is_none() {
            return gone(realm, &subject, "source credential", ());
        }
        let known = scene.tables.find_source_credential(&act.realm, id)?;
        let known = known.ok_or(AdministrationError::NotFound("source credential"))?.record;
        let before = view(realm, &known, scene.now);
        ensure_current(act, &before)?;
        let stopped: Vec<_> = realm.vault.linked(&id).map(|(_, source)| source.name.to_string()).collect();
        let mut plan = Plan::new(scene, act, actor);
        if let Ok(resource) = known.slug.resource()
            && realm.resources.contains_key(&resource)
        {
            plan.change(realm, Change::Deleted(Key::Resource(resource)));
        }
        plan.change(realm, Change::Deleted(Key::SourceCredential(id)));
        let after = serde_json::json!({ "stopped_sources": stopped });
        plan.event(AuditAction::SourceCredentialDelete, target(&known), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(()))
    })
}

pub fn find_source_credential(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
) -> Result<SourceCredentialView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let found = administration.ledger.store().find_source_credential(&act.realm, id)?;
    let found = found.ok_or(AdministrationError::NotFound("source credential"))?;
    Ok(view(&reading.realm, &found.record, reading.now))
}

pub fn list_source_credentials(
    administration: &Administration,
    act: &Act,
    filter: &SourceCredentialFilter,
    query: &Query<VaultSort>,
) -> Result<Vec<SourceCredentialView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let store = administration.ledger.store();
    let records = store.list_source_credentials(&act.realm, filter, query, reading.now)?;
    Ok(records.iter().map(|record| view(&reading.realm, record, reading.now)).collect())
}

fn ensure_name_is_free(
    realm: &RealmView,
    name: &Name,
    own: Option<SourceCredentialId>,
) -> Result<(), AdministrationError> {
    match realm.vault.credential_named(name).filter(|id| Some(*id) != own) {
        None => Ok(()),
        Some(id) => {
            Err(AdministrationError::Conflict(format!("a source credential \"{name}\" already exists: {id}")))
        }
    }
}

/// `None` if the realm has it already.
fn new_resource(
    realm: &RealmView,
    slug: &Slug,
    now: claviger_contract::Timestamp,
) -> Result<Option<Resource>, AdministrationError> {
    let name = slug.resource().map_err(|error| AdministrationError::invalid("slug", error))?;
    match realm.resources.get(&name) {
        Some(known) if known.offers(Slug::USE) => Ok(None),
        Some(_) => {
            let detail = format!("the resource {name} exists and does not offer the action {}", Slug::USE);
            Err(AdministrationError::invalid("slug", detail))
        }
        None => Ok(Some(Resource {
            name,
            description: Description::default(),
            actions: vec![Slug::USE.to_owned()],
            created_at: now,
            updated_at: now,
        })),
    }
}
