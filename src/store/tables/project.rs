//! Applies a log row to the tables.

use claviger_contract::Position;

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::entry::Entry;
use crate::store::tables::application_credentials;
use crate::store::tables::grant_sets;
use crate::store::tables::groups;
use crate::store::tables::member_tokens;
use crate::store::tables::members;
use crate::store::tables::realms;
use crate::store::tables::registry_tokens;
use crate::store::tables::resource_servers;
use crate::store::tables::resources;
use crate::store::tables::revoked_tokens;
use crate::store::tables::scopes;
use crate::store::tables::service_credentials;
use crate::store::tables::signing_keys;
use claviger_domain::Change;

pub fn project(connection: &mut AnyConnection, position: Position, entry: &Entry) -> Result<(), StoreError> {
    let realm = entry.log.realm.as_str();
    match &entry.log.change {
        Change::RealmPut { realm } => realms::put(connection, position, realm),
        Change::RealmCut { suspended_at, at } => realms::cut(connection, position, realm, *suspended_at, *at),
        Change::LogRowSkipped { .. } => realms::move_cut(connection, position, realm),
        Change::ScopePut { entry } => scopes::put(connection, realm, entry),
        Change::ScopeDeleted { scope } => scopes::delete(connection, realm, scope),
        Change::ResourcePut { resource } => resources::put(connection, realm, resource),
        Change::ResourceDeleted { name } => resources::delete(connection, realm, name),
        Change::GroupPut { group } => groups::put(connection, realm, group),
        Change::GroupDeleted { name } => groups::delete(connection, realm, name),
        Change::MemberPut { member } => members::put(connection, realm, member),
        Change::MemberTokenPut { token } => member_tokens::put(connection, realm, position, token),
        Change::ApplicationCredentialPut { credential } => {
            application_credentials::put(connection, realm, position, credential)
        }
        Change::RegistryTokenPut { token } => registry_tokens::put(connection, realm, position, token),
        Change::ResourceServerPut { server } => resource_servers::put(connection, realm, position, server),
        Change::ResourceServerDeleted { id } => resource_servers::delete(connection, realm, *id),
        Change::SigningKeyPut { key } => {
            signing_keys::put(connection, realm, position, key, entry.sealed_key.as_ref())
        }
        Change::SigningKeyDeleted { kid } => signing_keys::delete(connection, realm, kid),
        Change::CredentialCreated { credential } => {
            service_credentials::insert(connection, realm, position, credential)
        }
        Change::CredentialEdited { id, at, by, .. } => {
            service_credentials::edit(connection, realm, *id, *at, by)
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
    groups::replace_grants(connection, realm, &entry.consequences.groups)?;
    members::replace_groups(connection, realm, &entry.consequences.members)?;
    application_credentials::cut(connection, realm, position, &entry.consequences.applications)?;
    if let Some(edited) = &entry.consequences.edited {
        service_credentials::replace_grants(connection, realm, position, edited)?;
    }
    grant_sets::bear(connection, realm, position, &entry.consequences.grants)
}
