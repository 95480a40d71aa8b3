//! Applies a log row to the tables.

use claviger_contract::Position;

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::entry::Entry;
use crate::store::tables::application_credentials;
use crate::store::tables::deleted_audiences;
use crate::store::tables::grant_sets;
use crate::store::tables::groups;
use crate::store::tables::people::member_tokens;
use crate::store::tables::people::members;
use crate::store::tables::realms;
use crate::store::tables::removed_realms;
use crate::store::tables::resource_servers;
use crate::store::tables::revoked_tokens;
use crate::store::tables::service_credentials;
use crate::store::tables::stored::{Writing, delete, put};
use claviger_domain::{Change, Key};

pub fn project(connection: &mut AnyConnection, position: Position, entry: &Entry) -> Result<(), StoreError> {
    let realm = entry.log.realm.as_str();
    match &entry.log.change {
        Change::Put(record) => {
            put(record, &mut Writing { connection, realm, position, sealed: entry.sealed.as_ref() })
        }
        Change::Deleted(key) => {
            if let Key::ResourceServer(id) = key {
                deleted_audiences::insert(connection, realm, position, *id)?;
            }
            delete(connection, realm, key)
        }
        Change::RealmCut { suspended_at, at } => realms::cut(connection, position, realm, *suspended_at, *at),
        Change::RealmDeleted { at } => realms::delete(connection, position, realm, *at),
        Change::RealmRemoved { .. } => removed_realms::remove(connection, realm),
        Change::LogRowSkipped { .. } => realms::move_cut(connection, position, realm),
        Change::CredentialEdited { id, at, by, .. } => {
            service_credentials::edit(connection, realm, *id, *at, by)
        }
        Change::CredentialRenewed { successor, overlap_ends_at } => {
            service_credentials::renew(connection, realm, position, successor, *overlap_ends_at)
        }
        Change::ApplicationRenewed { successor, overlap_ends_at } => {
            application_credentials::renew(connection, realm, position, successor, *overlap_ends_at)
        }
        Change::ResourceServerRenewed { successor, overlap_ends_at } => {
            resource_servers::renew(connection, realm, position, successor, *overlap_ends_at)
        }
        Change::MemberEnabled { id, at, .. } => members::enable(connection, realm, *id, *at),
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
    if let Some(owned) = &entry.consequences.owned {
        member_tokens::end(connection, realm, owned)?;
        application_credentials::end(connection, realm, owned)?;
    }
    if let Some(edited) = &entry.consequences.edited {
        service_credentials::replace_grants(connection, realm, position, edited)?;
    }
    grant_sets::bear(connection, realm, position, &entry.consequences.grants)
}
