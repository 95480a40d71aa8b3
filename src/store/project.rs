//! What a log row does to the tables.

use claviger_contract::Position;

use super::connection::AnyConnection;
use super::{
    Entry, StoreError, application_credentials, groups, member_tokens, members, realms, registry_tokens,
    resource_servers, resources, revoked_tokens, scopes, service_credentials, signing_keys,
};
use crate::domain::Change;

pub fn project(connection: &mut AnyConnection, position: Position, entry: &Entry) -> Result<(), StoreError> {
    let realm = entry.log.realm.as_str();
    match &entry.log.change {
        Change::RealmPut { realm } => realms::put(connection, position, realm),
        Change::RealmCut { suspended_at, at } => realms::cut(connection, position, realm, *suspended_at, *at),
        Change::ScopePut { entry } => scopes::put(connection, realm, entry),
        Change::ScopeDeleted { scope } => scopes::delete(connection, realm, scope),
        Change::ResourcePut { resource } => resources::put(connection, realm, resource),
        Change::ResourceDeleted { name } => resources::delete(connection, realm, name),
        Change::GroupPut { group } => groups::put(connection, realm, group),
        Change::GroupDeleted { name } => groups::delete(connection, realm, name),
        Change::MemberPut { member } => members::put(connection, realm, member),
        Change::MemberTokenPut { token } => member_tokens::put(connection, realm, token),
        Change::ApplicationCredentialPut { credential } => {
            application_credentials::put(connection, realm, position, credential)
        }
        Change::RegistryTokenPut { token } => registry_tokens::put(connection, realm, token),
        Change::ResourceServerPut { server } => resource_servers::put(connection, realm, position, server),
        Change::ResourceServerDeleted { id } => resource_servers::delete(connection, realm, *id),
        Change::SigningKeyPut { key } => {
            signing_keys::put(connection, realm, position, key, entry.sealed_key.as_ref())
        }
        Change::SigningKeyDeleted { kid } => signing_keys::delete(connection, realm, kid),
        Change::CredentialCreated { credential } => {
            service_credentials::insert(connection, realm, position, credential)
        }
        Change::CredentialEdited { id, groups, resources, at, by } => {
            service_credentials::edit(connection, realm, *id, groups, resources, *at, by)
        }
        Change::CredentialRenewed { successor, overlap_ends_at } => {
            service_credentials::renew(connection, realm, position, successor, *overlap_ends_at)
        }
        Change::CredentialRevoked { id, at, by } => {
            service_credentials::revoke(connection, realm, *id, *at, by, position)
        }
        Change::TokenRevoked { jti, client_id, expires_at } => {
            revoked_tokens::insert(connection, realm, position, jti, *client_id, *expires_at)
        }
    }?;
    for consequence in &entry.consequences.groups {
        groups::replace_grants(connection, realm, consequence)?;
    }
    for consequence in &entry.consequences.members {
        members::replace_groups(connection, realm, consequence)?;
    }
    for id in &entry.consequences.applications {
        application_credentials::cut(connection, realm, position, *id)?;
    }
    service_credentials::bear(connection, realm, position, &entry.consequences.credentials)
}
