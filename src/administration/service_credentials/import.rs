//! Creates many credentials in one act: all of them, or none.

use std::collections::HashSet;

use claviger_api::{FieldError, ImportedCredential, NewCredential, ShownOnce};

use crate::administration::bounds::{ListBounds, room_for_credentials};
use crate::administration::error::AdministrationError;
use crate::administration::service_credentials::credentials::{check, check_admin_scopes};
use crate::administration::service_credentials::new_credential::{
    ensure_switched_on, make, name_is_taken, normalized,
};
use crate::administration::service_credentials::view::{target, view};
use crate::administration::setting::Administration;
use crate::administration::setting::{Reading, authorized};
use crate::ledger::{Act, Plan, Right, Scene};
use crate::snapshot::RealmView;
use claviger_domain::{AuditAction, Change};

/// Maximum number per call.
pub const MAX_IMPORTED: usize = 1_000;

/// Field name for an error in a line of an import.
pub fn field_of_line(line: usize, field: &str) -> String {
    format!("line {line}: {field}")
}

/// Errors number the lines from `first_line`.
///
/// Each credential is created, checked and recorded as if alone. One error refuses all of them.
pub fn import_credentials(
    administration: &Administration,
    act: &Act,
    first_line: usize,
    new: Vec<NewCredential>,
) -> Result<Vec<ImportedCredential>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        let new: Vec<NewCredential> = new.into_iter().map(normalized).collect();
        check_lines(scene, realm, act, first_line, &new)?;
        room_for_credentials(scene, realm, new.len())?;
        let reading = Reading { realm: realm.clone(), now: scene.now };
        let mut plan = Plan::new(scene, act, actor);
        let mut imported = Vec::with_capacity(new.len());
        for new in new {
            let (credential, client_key) = make(administration, &plan, new);
            let view = view(&reading, credential.clone(), None);
            plan.addition(Change::put(credential));
            plan.event(AuditAction::ServiceCredentialCreate, target(&view), None::<&()>, Some(&view));
            imported.push(ImportedCredential {
                name: view.name,
                id: view.id,
                client_id: view.client_id,
                client_key: ShownOnce::from(&client_key),
            });
        }
        Ok::<_, AdministrationError>(plan.decide(imported))
    })?;
    Ok(committed.outcome)
}

fn check_lines(
    scene: &Scene<'_>,
    realm: &RealmView,
    act: &Act,
    first_line: usize,
    new: &[NewCredential],
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for (line, one) in (first_line..).zip(new) {
        if !seen.insert(&one.name) {
            let detail = format!("an earlier line has the name \"{}\" too: names must be unique", one.name);
            errors.push(FieldError::new(field_of_line(line, "name"), detail));
        }
        let bounded =
            || ListBounds::of(&scene.limits).groups(0, &one.groups).grants(0, &one.resources).check();
        let checked = check(realm, act, &one.groups, &one.resources, scene.now)
            .and_then(|()| check_admin_scopes(realm, act, one, scene.now));
        match checked.and_then(|()| bounded()) {
            Ok(()) => {}
            Err(AdministrationError::Invalid(wrong)) => errors.extend(
                wrong
                    .into_iter()
                    .map(|error| FieldError::new(field_of_line(line, &error.field), error.detail)),
            ),
            Err(other) => return Err(other),
        }
    }
    AdministrationError::unless_empty(errors)?;
    let taken: Vec<FieldError> = (first_line..)
        .zip(new)
        .filter_map(|(line, one)| {
            let by = realm.live_names.get(&one.name)?;
            Some(FieldError::new(field_of_line(line, "name"), name_is_taken(&one.name, *by)))
        })
        .collect();
    if taken.is_empty() { Ok(()) } else { Err(AdministrationError::NamesTaken(taken)) }
}
