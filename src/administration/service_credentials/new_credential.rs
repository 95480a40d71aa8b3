//! Shared by every way of creating service credentials: create, renew and import.

use claviger_contract::Position;
use uuid::Uuid;

use crate::administration::error::AdministrationError;
use crate::administration::service_credentials::view::CredentialView;
use crate::administration::setting::Administration;
use crate::administration::setting::as_set;
use crate::ledger::Plan;
use crate::snapshot::RealmView;
use claviger_domain::{
    Description, Name, ResourceGrant, Secret, SecretKind, ServiceCredential, TokenLifetime, Validity,
};

#[derive(Clone, Debug)]
pub struct NewCredential {
    pub name: Name,
    pub description: Description,
    pub validity: Validity,
    pub token_lifetime: TokenLifetime,
    pub groups: Vec<Name>,
    pub resources: Vec<ResourceGrant>,
}

/// The only answer that contains the key.
#[derive(Debug)]
pub struct CreatedCredential {
    pub view: CredentialView,
    pub client_key: Secret,
    pub token_endpoint: String,
    /// One complete curl command. It starts with a space, so shells that honor this keep it out of their history.
    pub usage_example: String,
    pub position: Position,
}

impl NewCredential {
    /// Treats lists in requests as sets.
    pub(super) fn normalized(self) -> Self {
        Self { groups: as_set(self.groups), resources: ResourceGrant::normalize(self.resources), ..self }
    }
}

pub(super) fn ensure_switched_on(realm: &RealmView) -> Result<(), AdministrationError> {
    match realm.record.settings.service_credentials {
        true => Ok(()),
        false => Err(AdministrationError::ServiceCredentialsOff),
    }
}

pub(super) fn name_is_taken(name: &Name, by: Uuid) -> String {
    format!(
        "the name \"{name}\" is taken by credential {by}: choose another name, or revoke that credential first"
    )
}

/// For the plan's next row.
pub(super) fn make(
    administration: &Administration,
    plan: &Plan<'_>,
    new: NewCredential,
) -> (ServiceCredential, Secret) {
    let client_key = Secret::generate(SecretKind::ClientKey, plan.randomness());
    let credential = ServiceCredential {
        id: plan.new_id(),
        name: new.name,
        description: new.description,
        key_digest: administration.keyring.digester().digest(client_key.expose()),
        validity: new.validity,
        token_lifetime: new.token_lifetime,
        groups: new.groups,
        resources: new.resources,
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
    view: CredentialView,
    client_key: Secret,
    position: Position,
) -> CreatedCredential {
    let token_endpoint = format!("{}/realms/{}/oauth2/token", administration.public_url, view.realm);
    let usage_example = format!(
        " curl -sS {token_endpoint} -d grant_type=client_credentials -d client_id={} -d client_secret={}",
        view.client_id,
        client_key.expose()
    );
    CreatedCredential { view, client_key, token_endpoint, usage_example, position }
}
