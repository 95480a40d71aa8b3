//! Gives a pipeline what its source needs to call the provider. Each answer is in the audit trail before it is given.

use std::time::Duration;

use claviger_api::{Answers, FieldValues, ResolvedSource};
use claviger_contract::{Scope, ScopeSet, Timestamp};
use claviger_domain::{
    Actor, AuditAction, AuditEvent, AuditTarget, Json, Slug, Source, SourceCredential, SourceCredentialId,
    SourceId, TargetKind, UsedId,
};
use serde::Serialize;
use serde_json::json;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::vault::field_input::entry;
use crate::administration::vault::proof::{unanswered, with_candidate};
use crate::administration::vault::proposal::Proposal;
use crate::ledger::{Act, Denied, Scene};
use crate::snapshot::RealmView;
use crate::store::SealedCredential;
use crate::vault::open_secrets;

/// The service credential whose token asks, and the scopes of that token.
#[derive(Clone)]
pub struct Pipeline {
    pub client: UsedId,
    pub name: String,
    pub scopes: ScopeSet,
}

impl Pipeline {
    pub fn actor(&self) -> Actor {
        Actor::client(self.client, self.name.clone())
    }
}

/// What a source resolves to in one state.
pub struct Resolvable {
    credential: SourceCredentialId,
    version: u64,
}

impl Resolvable {
    pub fn credential(&self) -> SourceCredentialId {
        self.credential
    }

    pub fn is_version(&self, credential: SourceCredentialId, version: u64) -> bool {
        self.credential == credential && self.version == version
    }
}

/// Decided alike before the secrets are read, and before the answer.
pub fn may_resolve(
    realm: &RealmView,
    pipeline: &Pipeline,
    id: SourceId,
    now: Timestamp,
) -> Result<Resolvable, AdministrationError> {
    let credential = realm.vault.source(id).and_then(|source| realm.vault.credential(source.credential));
    let needed = credential.and_then(|credential| credential.slug.scope());
    let all = Slug::USE_ALL.parse::<Scope>().ok();
    let holds = |scope: &Option<Scope>| scope.as_ref().is_some_and(|scope| pipeline.scopes.covers(scope));
    if !holds(&needed) && !holds(&all) {
        return Err(Denied::NotHeld(format!(
            "this requires the scope {} or {}/{{slug}}:{} of the source's credential",
            Slug::USE_ALL,
            Slug::RESOURCE_TYPE,
            Slug::USE,
        ))
        .into());
    }
    usable(realm, id, now)
}

/// What the source uses, if it is not stopped.
pub fn usable(realm: &RealmView, id: SourceId, now: Timestamp) -> Result<Resolvable, AdministrationError> {
    let source = realm.vault.source(id).ok_or(AdministrationError::NotFound("source"))?;
    let stopped = |why: &str| AdministrationError::Conflict(format!("the source is stopped: {why}"));
    let live = realm.vault.credential(source.credential).ok_or_else(|| stopped("credential deleted"))?;
    if live.has_expired(now) {
        return Err(stopped("credential expired"));
    }
    Ok(Resolvable { credential: source.credential, version: live.version })
}

/// An edit between two steps makes the next attempt read its secrets.
const ATTEMPTS: usize = 5;

/// How long an attempt waits until this node has applied an edit that the tables hold already.
const CATCH_UP: Duration = Duration::from_millis(250);

/// The caller checks [`may_resolve`] once more on a state whose lease holds, and only then answers.
pub fn resolve_source(
    administration: &Administration,
    act: &Act,
    pipeline: &Pipeline,
    id: SourceId,
) -> Result<ResolvedSource, AdministrationError> {
    let ledger = &administration.ledger;
    for _ in 0..ATTEMPTS {
        let latest = ledger.latest();
        let realm = latest.find_realm(act.realm.as_str()).ok_or(AdministrationError::NotFound("realm"))?;
        let found = may_resolve(realm, pipeline, id, ledger.now())?;
        let source = ledger.store().find_source(&act.realm, id)?;
        let sealed = ledger.store().find_source_credential(&act.realm, found.credential)?;
        match (source, sealed) {
            (Some(source), Some(sealed)) if found.is_version(sealed.record.id, sealed.record.version) => {
                let after = used(&sealed.record);
                ledger.record(|scene| {
                    let resolved = (&source, &after);
                    Ok::<_, AdministrationError>(vec![use_event(
                        scene,
                        act,
                        pipeline.actor(),
                        AuditAction::SourceResolve,
                        resolved,
                    )?])
                })?;
                return answer(administration, act, &source, sealed);
            }
            _ => ledger.snapshots().wait_for(latest.position.next(), CATCH_UP),
        };
    }
    Err(AdministrationError::Conflict("the source is being edited: retry".to_owned()))
}

/// For a service app the short-lived token, never the secret behind it.
fn answer(
    administration: &Administration,
    act: &Act,
    source: &Source,
    SealedCredential { record, sealed }: SealedCredential,
) -> Result<ResolvedSource, AdministrationError> {
    let mut values = open_secrets(&administration.keyring, &act.realm, record.id, sealed.as_ref())?;
    values.extend(record.fields.iter().map(|(name, value)| (name.to_string(), value.clone())));
    let mut expires_at = record.expires_at;
    let entry = entry(&administration.providers.source_types, &record.source_type, Some(&record.auth_mode));
    if let Some(entry) = entry.ok().filter(|entry| entry.mode.is_service_app()) {
        let mut errors = Vec::new();
        let fields = entry.fields(&values, &mut errors);
        AdministrationError::unless_empty(errors)?;
        let proposal = Proposal::of_stored(record.clone(), fields);
        let key = (record.id, record.version);
        let token = with_candidate(&proposal, |candidate| {
            administration.providers.access_token(&act.realm, key, candidate)
        })?;
        let token = token.map_err(|refused| unanswered(&refused))?;
        values.retain(|name, _| !record.secret_fields.iter().any(|secret| secret.as_str() == name));
        values.insert("access_token".to_owned(), token.secret.as_str().into());
        expires_at = Some(token.usable_until);
    }
    Ok(ResolvedSource {
        source_id: source.id,
        source_credential_id: record.id,
        version: record.version,
        source_type: record.source_type,
        auth_mode: record.auth_mode,
        fields: FieldValues::from(values),
        answers: Answers(record.answers),
        settings: FieldValues::from(source.settings.clone()),
        expires_at,
    })
}

/// What is told of the credential that was used.
pub fn used(record: &SourceCredential) -> serde_json::Value {
    json!({
        "source_credential_id": record.id,
        "source_credential": record.name,
        "version": record.version,
    })
}

/// That a source was used, or should have been.
pub fn use_event(
    scene: &Scene<'_>,
    act: &Act,
    actor: Actor,
    action: AuditAction,
    (source, after): (&Source, &impl Serialize),
) -> Result<AuditEvent, AdministrationError> {
    let unreadable = |error: serde_json::Error| AdministrationError::Crypto(error.to_string());
    Ok(AuditEvent {
        id: scene.new_id(),
        realm: act.realm.clone(),
        at: scene.now,
        actor,
        action,
        target: AuditTarget {
            kind: TargetKind::Source,
            id: source.id.to_string(),
            name: source.name.to_string(),
        },
        before: None,
        after: Some(Json::of(after).map_err(unreadable)?),
        address: act.address.clone(),
        request_id: act.request_id.clone(),
        position: scene.snapshot.position,
        tokens_ended_estimate: None,
    })
}
