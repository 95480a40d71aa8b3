//! Reads all tables as of one moment, row by row, for whoever builds a view of them.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};

use super::connection::AnyConnection;
use super::log::{Head, read_head};
use super::{
    StoreError, application_credentials, groups, member_tokens, members, realms, registry_tokens,
    resource_servers, resources, revoked_tokens, scopes, service_credentials, signing_keys,
};
use crate::domain::{
    ApplicationCredential, Group, Member, MemberToken, Realm, RegistryRefreshToken, Resource, ResourceServer,
    ScopeEntry, SealedBytes, ServiceCredential, SigningKey,
};

/// One row. Positions are cuts: older tokens that hang on the row are dead.
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
    Credential(Box<ServiceCredential>, Position),
    RevokedToken { jti: Arc<str>, position: Position, expires_at: Timestamp },
}

/// Realms come first, then what others refer to, credentials last.
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
    service_credentials::load(connection, |realm, credential, cut| {
        loaded.record(realm, Record::Credential(Box::new(credential), cut))
    })?;
    revoked_tokens::load(connection, |realm, jti, position, expires_at| {
        loaded.record(realm, Record::RevokedToken { jti, position, expires_at })
    })?;
    Ok(head)
}
