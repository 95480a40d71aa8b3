//! Builds the first snapshot from the tables.

use claviger_contract::{Position, RealmLabel};

use super::ReplicationError;
use super::private_keys;
use crate::crypto::Keyring;
use crate::domain::Realm;
use crate::snapshot::{ApplyError, SharedGrants, Snapshot};
use crate::store::{Head, Loaded, Record, Session, StoreError};

pub fn load(
    session: &mut Session,
    keyring: &Keyring,
    public_url: &str,
) -> Result<(Snapshot, Head), ReplicationError> {
    let mut loading = Loading {
        snapshot: Snapshot::empty(public_url),
        keyring,
        shared: SharedGrants::default(),
        failed: None,
    };
    let head = session.load(&mut loading);
    if let Some(error) = loading.failed {
        return Err(error.into());
    }
    let head = head?;
    let mut snapshot = loading.snapshot;
    snapshot.position = head.position;
    Ok((snapshot, head))
}

struct Loading<'a> {
    snapshot: Snapshot,
    keyring: &'a Keyring,
    shared: SharedGrants,
    /// The store knows nothing of what may go wrong here.
    failed: Option<ApplyError>,
}

impl Loading<'_> {
    fn fill(&mut self, realm: &RealmLabel, record: Record) -> Result<(), ApplyError> {
        if let Record::ApplicationCredential(credential, _) = &record {
            self.snapshot.put_application_realm(credential.id, realm.clone());
        }
        let view = self.snapshot.loading_realm(realm)?;
        match record {
            Record::Scope(entry) => view.put_scope(entry),
            Record::Resource(resource) => view.put_resource(resource),
            Record::Group(group) => view.put_group(group),
            Record::Member(member) => view.put_member(member),
            Record::MemberToken(token) => view.put_member_token(token),
            Record::ApplicationCredential(credential, cut) => view.put_application(credential, cut),
            Record::RegistryToken(token) => view.put_registry_token(token),
            Record::ResourceServer(server, cut) => view.put_server(server, cut),
            Record::SigningKey(key, sealed, cut) => {
                let key = private_keys::open(self.keyring, realm, key, &sealed, cut)?;
                view.put_key(key);
            }
            Record::Credential(credential, cut) => {
                view.load_credential(&credential, cut, &mut self.shared);
            }
            Record::RevokedToken { jti, position, expires_at } => {
                view.put_revoked_token(jti, position, expires_at);
            }
        }
        Ok(())
    }
}

impl Loaded for Loading<'_> {
    fn realm(&mut self, realm: Realm, cut: Position) -> Result<(), StoreError> {
        self.snapshot.load_realm(realm, cut);
        Ok(())
    }

    fn record(&mut self, realm: RealmLabel, record: Record) -> Result<(), StoreError> {
        if self.failed.is_none()
            && let Err(error) = self.fill(&realm, record)
        {
            self.failed = Some(error);
        }
        Ok(())
    }
}
