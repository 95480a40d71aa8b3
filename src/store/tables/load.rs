//! Reads all tables row by row from one snapshot, to build an in-memory view.

use claviger_contract::{Position, RealmLabel};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::head::{Head, read_head};
use crate::store::tables::application_credentials;
use crate::store::tables::grant_sets;
use crate::store::tables::groups;
use crate::store::tables::member_tokens;
use crate::store::tables::members;
use crate::store::tables::realms;
use crate::store::tables::registry_tokens;
use crate::store::tables::resource_servers;
use crate::store::tables::resources;
use crate::store::tables::restrictions;
use crate::store::tables::revoked_tokens;
use crate::store::tables::revoked_tokens::RevokedTokenRow;
use crate::store::tables::scopes;
use crate::store::tables::service_credentials;
use crate::store::tables::signing_keys;
use claviger_domain::{
    ApplicationCredential, GrantSetId, Grants, Group, Held, Member, MemberToken, Realm, RegistryRefreshToken,
    Resource, ResourceServer, ScopeEntry, SealedBytes, ServiceCredential, SigningKey, Subject,
};

/// One row. Positions are cuts: older tokens that depend on the row are invalid.
pub enum Record {
    Scope(ScopeEntry),
    Resource(Resource),
    Group(Group),
    Member(Member),
    MemberToken(MemberToken),
    ApplicationCredential(ApplicationCredential, Position),
    RegistryToken(RegistryRefreshToken),
    ResourceServer(ResourceServer, Position),
    SigningKey(SigningKey, SealedBytes, Position),
    Grants(GrantSetId, Grants, Position),
    /// Without its grants, which are in its set.
    Credential(Box<ServiceCredential>, Position, Held),
    Restriction(Position, Subject),
    RevokedToken(RevokedTokenRow),
}

/// Receives realms first, then the records that others refer to, and credentials last.
pub trait Loaded {
    fn realm(&mut self, realm: Realm, cut: Position) -> Result<(), StoreError>;
    fn record(&mut self, realm: RealmLabel, record: Record) -> Result<(), StoreError>;
}

pub fn load(connection: &mut AnyConnection, loaded: &mut dyn Loaded) -> Result<Head, StoreError> {
    let head = read_head(connection)?;
    realms::load(connection, |realm, cut| loaded.realm(realm, cut))?;
    scopes::load(connection, |realm, entry| loaded.record(realm, Record::Scope(entry)))?;
    resources::load(connection, |realm, resource| loaded.record(realm, Record::Resource(resource)))?;
    groups::load(connection, |realm, group| loaded.record(realm, Record::Group(group)))?;
    members::load(connection, |realm, member| loaded.record(realm, Record::Member(member)))?;
    member_tokens::load(connection, |realm, token| loaded.record(realm, Record::MemberToken(token)))?;
    application_credentials::load(connection, |realm, credential, cut| {
        loaded.record(realm, Record::ApplicationCredential(credential, cut))
    })?;
    registry_tokens::load(connection, |realm, token| loaded.record(realm, Record::RegistryToken(token)))?;
    resource_servers::load(connection, |realm, server, cut| {
        loaded.record(realm, Record::ResourceServer(server, cut))
    })?;
    signing_keys::load(connection, |realm, key, sealed, cut| {
        loaded.record(realm, Record::SigningKey(key, sealed, cut))
    })?;
    grant_sets::load(connection, |realm, id, grants, cut| {
        loaded.record(realm, Record::Grants(id, grants, cut))
    })?;
    service_credentials::load(connection, |realm, credential, own_cut, held| {
        loaded.record(realm, Record::Credential(Box::new(credential), own_cut, held))
    })?;
    restrictions::load(connection, |realm, position, subject| {
        loaded.record(realm, Record::Restriction(position, subject))
    })?;
    revoked_tokens::load(connection, |realm, revoked| loaded.record(realm, Record::RevokedToken(revoked)))?;
    Ok(head)
}
