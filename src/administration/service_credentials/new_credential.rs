//! Shared by every way of creating service credentials: create, renew and import.

use claviger_api::{CreatedCredential, CredentialView, NewCredential, ShownOnce};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::as_set;
use crate::ledger::Plan;
use crate::snapshot::RealmView;
use claviger_domain::{
    Name, ResourceGrant, Secret, SecretDigest, SecretKind, ServiceCredential, ServiceCredentialId,
};

/// Treats lists in requests as sets.
pub(super) fn normalized(new: NewCredential) -> NewCredential {
    NewCredential { groups: as_set(new.groups), resources: ResourceGrant::normalize(new.resources), ..new }
}

pub(super) fn ensure_switched_on(realm: &RealmView) -> Result<(), AdministrationError> {
    match realm.record.settings.service_credentials {
        true => Ok(()),
        false => Err(AdministrationError::ServiceCredentialsOff),
    }
}

pub(super) fn name_is_taken(name: &Name, by: ServiceCredentialId) -> String {
    format!(
        "the name \"{name}\" is taken by credential {by}: choose another name, or revoke that credential first"
    )
}

pub(super) fn new_key(administration: &Administration, plan: &Plan<'_>) -> (SecretDigest, Secret) {
    let client_key = Secret::generate(SecretKind::ClientKey, plan.randomness());
    (administration.keyring.digester().digest(client_key.expose()), client_key)
}

/// For the plan's next row.
pub(super) fn make(
    administration: &Administration,
    plan: &Plan<'_>,
    new: NewCredential,
) -> (ServiceCredential, Secret) {
    let (key_digest, client_key) = new_key(administration, plan);
    let credential = ServiceCredential {
        id: plan.new_id(),
        name: new.name,
        description: new.description,
        key_digest,
        validity: new.validity_days,
        token_lifetime: new.token_ttl_seconds,
        groups: new.groups,
        resources: new.resources,
        admin_scopes: new.admin_scopes.into(),
        created_at: plan.now(),
        created_by: plan.actor().clone(),
        updated_at: plan.now(),
        updated_by: plan.actor().clone(),
        replaces: None,
        overlap_ends_at: None,
        revocation: None,
    };
    (credential, client_key)
}

pub(super) fn answer(
    administration: &Administration,
    credential: CredentialView,
    client_key: &Secret,
) -> CreatedCredential {
    let token_endpoint = format!("{}/realms/{}/oauth2/token", administration.public_url, credential.realm);
    let usage_example = format!(
        " curl -sS {token_endpoint} -d grant_type=client_credentials -d client_id={} -d client_secret={}",
        credential.client_id,
        client_key.expose()
    );
    CreatedCredential {
        credential,
        client_key: ShownOnce::from(client_key),
        token_endpoint,
        usage_example: usage_example.into(),
    }
}
