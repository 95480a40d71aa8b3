//! Many credentials in one act: all of them, or none.

use std::collections::HashSet;

use claviger_contract::Timestamp;
use uuid::Uuid;

use super::credential_making::{ensure_switched_on, make, name_is_taken};
use super::credentials::{check, target, view};
use super::setting::{Reading, authorised};
use super::{Administration, AdministrationError, FieldError, NewCredential};
use crate::domain::{Change, Name, Secret};
use crate::ledger::{Act, Plan, Right};
use crate::snapshot::RealmView;

/// In one call.
pub const MOST_IMPORTED: usize = 1_000;

/// What is shown of each, this once only.
#[derive(Debug)]
pub struct ImportedCredential {
    pub name: Name,
    pub id: Uuid,
    pub client_key: Secret,
}

/// How a line of an import names what is wrong with it.
pub fn field_of_line(line: usize, field: &str) -> String {
    format!("line {line}: {field}")
}

/// Lines count from `first_line` in what is said of them.
///
/// Each is created, checked and recorded as by itself; whatever is wrong with any of them refuses all.
pub fn import_credentials(
    administration: &Administration,
    act: &Act,
    first_line: usize,
    new: Vec<NewCredential>,
) -> Result<Vec<ImportedCredential>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        let new: Vec<NewCredential> = new.into_iter().map(NewCredential::normalised).collect();
        check_lines(realm, act, first_line, &new, scene.now)?;
        let reading = Reading { realm: realm.clone(), now: scene.now };
        let mut plan = Plan::new(scene, act, actor);
        let mut imported = Vec::with_capacity(new.len());
        for new in new {
            let (credential, client_key) = make(administration, &plan, new);
            let view = view(&reading, credential.clone(), None);
            plan.addition(Change::CredentialCreated { credential });
            plan.event("service_credential.create", target(&view), None::<&()>, Some(&view));
            imported.push(ImportedCredential { name: view.name, id: view.id, client_key });
        }
        Ok::<_, AdministrationError>(plan.decide(imported))
    })?;
    Ok(committed.outcome)
}

fn check_lines(
    realm: &RealmView,
    act: &Act,
    first_line: usize,
    new: &[NewCredential],
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for (line, one) in (first_line..).zip(new) {
        if !seen.insert(&one.name) {
            let detail = format!("an earlier line is called \"{}\" too: names are unique", one.name);
            errors.push(FieldError::new(field_of_line(line, "name"), detail));
        }
        match check(realm, act, &one.groups, &one.resources, now) {
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
