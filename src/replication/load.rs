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
    let mut loading = Loading::new(Some(keyring), public_url);
    let head = session.load(&mut loading);
    let head = loading.finish(head)?;
    Ok((loading.snapshot, head))
}

/// Everything but the private halves of signing keys, for whoever has no master key.
pub fn load_unopened(
    load: &mut dyn FnMut(&mut dyn Loaded) -> Result<Head, StoreError>,
    public_url: &str,
) -> Result<Unopened, ReplicationError> {
    let mut loading = Loading::new(None, public_url);
    let head = load(&mut loading);
    loading.finish(head)?;
    Ok(Unopened { snapshot: loading.snapshot, keys: loading.unopened })
}

/// A snapshot without signing keys, and the ids of those that it lacks.
pub struct Unopened {
    pub snapshot: Snapshot,
    pub keys: Vec<(RealmLabel, String)>,
}

struct Loading<'a> {
    snapshot: Snapshot,
    keyring: Option<&'a Keyring>,
    /// Signing keys that were left closed.
    unopened: Vec<(RealmLabel, String)>,
    shared: SharedGrants,
    /// The store knows nothing of what may go wrong here.
    failed: Option<ApplyError>,
}

impl<'a> Loading<'a> {
    fn new(keyring: Option<&'a Keyring>, public_url: &str) -> Self {
        let (snapshot, shared) = (Snapshot::empty(public_url), SharedGrants::default());
        Self { snapshot, keyring, unopened: Vec::new(), shared, failed: None }
    }

    fn finish(&mut self, head: Result<Head, StoreError>) -> Result<Head, ReplicationError> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        let head = head?;
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
