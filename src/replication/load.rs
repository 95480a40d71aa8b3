//! Builds the first snapshot from the tables.

use claviger_contract::{Position, RealmLabel};

use crate::crypto::Keyring;
use crate::replication::error::ReplicationError;
use crate::replication::private_keys;
use crate::snapshot::{ApplyError, RevokedToken, Snapshot};
use crate::store::{Head, Loaded, Record, Session, StoreError};
use claviger_domain::Realm;

pub fn load(
    session: &mut Session,
    keyring: &Keyring,
    public_url: &str,
) -> Result<(Snapshot, Head), ReplicationError> {
    let mut loading = Loading::new(Some(keyring), public_url);
    let head = session.load(&mut loading);
    let head = loading.finish(head)?;
    Ok((loading.snapshot, head))
}

/// Loads everything except the private halves of signing keys, for callers without a master key.
pub fn load_unopened(
    load: &mut dyn FnMut(&mut dyn Loaded) -> Result<Head, StoreError>,
    public_url: &str,
) -> Result<Unopened, ReplicationError> {
    let mut loading = Loading::new(None, public_url);
    let head = load(&mut loading);
    loading.finish(head)?;
    Ok(Unopened { snapshot: loading.snapshot, keys: loading.unopened })
}

/// A snapshot without signing keys, and the ids of the missing keys.
pub struct Unopened {
    pub snapshot: Snapshot,
    pub keys: Vec<(RealmLabel, String)>,
}

struct Loading<'a> {
    snapshot: Snapshot,
    keyring: Option<&'a Keyring>,
    /// Signing keys that were not opened.
    unopened: Vec<(RealmLabel, String)>,
    /// An error that the store's error type cannot represent.
    failed: Option<ApplyError>,
}

impl<'a> Loading<'a> {
    fn new(keyring: Option<&'a Keyring>, public_url: &str) -> Self {
        Self { snapshot: Snapshot::empty(public_url), keyring, unopened: Vec::new(), failed: None }
    }

    fn finish(&mut self, head: Result<Head, StoreError>) -> Result<Head, ReplicationError> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        let head = head?;
        self.snapshot.finish_loading();
        self.snapshot.position = head.position;
        Ok(head)
    }

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
            Record::SigningKey(key, sealed, cut) => match self.keyring {
                Some(keyring) => view.put_key(private_keys::open(keyring, realm, key, &sealed, cut)?),
                None => self.unopened.push((realm.clone(), key.kid)),
            },
            Record::Grants(id, grants, cut) => view.load_grants(id, grants, cut),
            Record::Credential(credential, own_cut, held) => {
                view.load_credential(&credential, own_cut, held);
            }
            Record::Restriction(position, subject) => view.restrictions.note(position, subject),
            Record::RevokedToken(row) => {
                let (position, client_id) = (row.position, row.client_id);
                let revoked = RevokedToken { position, client_id, forget_after: row.expires_at };
                view.put_revoked_token(row.jti, revoked);
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
