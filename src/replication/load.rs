//! Builds the first snapshot from the tables.

use std::collections::HashMap;

use claviger_contract::{RealmLabel, Timestamp};

use crate::crypto::Keyring;
use crate::replication::error::ReplicationError;
use crate::replication::private_keys;
use crate::snapshot::{ApplyError, LoadedCuts, RevokedToken, Snapshot};
use crate::store::{Head, Loaded, Session, StoreError, TableRow};

/// What acts before `made_before` ended is left out of what is told to those who check tokens offline.
pub fn load(
    session: &mut Session,
    keyring: &Keyring,
    public_url: &str,
    made_before: Option<Timestamp>,
) -> Result<(Snapshot, Head), ReplicationError> {
    let mut loading = Loading::new(Some(keyring), public_url);
    let head = session.load(&mut loading);
    let head = loading.finish(head, made_before)?;
    Ok((loading.snapshot, head))
}

/// Loads everything except the private halves of signing keys, for callers without a master key.
pub fn load_unopened(
    load: &mut dyn FnMut(&mut dyn Loaded) -> Result<Head, StoreError>,
    public_url: &str,
) -> Result<Unopened, ReplicationError> {
    let mut loading = Loading::new(None, public_url);
    let head = load(&mut loading);
    loading.finish(head, None)?;
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
    cuts: HashMap<RealmLabel, LoadedCuts>,
    /// An error that the store's error type cannot represent.
    failed: Option<ApplyError>,
}

impl<'a> Loading<'a> {
    fn new(keyring: Option<&'a Keyring>, public_url: &str) -> Self {
        Self {
            snapshot: Snapshot::empty(public_url),
            keyring,
            unopened: Vec::new(),
            cuts: HashMap::new(),
            failed: None,
        }
    }

    fn finish(
        &mut self,
        head: Result<Head, StoreError>,
        made_before: Option<Timestamp>,
    ) -> Result<Head, ReplicationError> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        let head = head?;
        self.snapshot.finish_loading(head.position, made_before, &mut self.cuts);
        self.snapshot.position = head.position;
        Ok(head)
    }

    fn fill(&mut self, realm: &RealmLabel, row: TableRow) -> Result<(), ApplyError> {
        let row = match row {
            TableRow::Record(record, cut) => return self.snapshot.put(realm, record, cut),
            row => row,
        };
        let view = self.snapshot.existing_realm(realm)?;
        let cuts = self.cuts.entry(realm.clone()).or_default();
        match row {
            TableRow::Record(..) => {}
            TableRow::SigningKey(key, sealed, cut) => match self.keyring {
                Some(keyring) => view.put_key(private_keys::open(keyring, realm, key, &sealed, cut)?),
                None => self.unopened.push((realm.clone(), key.kid)),
            },
            TableRow::Grants(id, grants, cut) => view.load_grants(id, grants, cut),
            TableRow::Credential(credential, own_cut, held) => {
                cuts.credential(&credential);
                view.load_credential(&credential, own_cut, held);
            }
            TableRow::Restriction(position, subject, at) => {
                cuts.restriction(position, &subject, at);
                view.restrictions.note(position, subject);
            }
            TableRow::DeletedAudience(position, audience) => cuts.deleted_audience(position, audience),
            TableRow::RevokedToken(row) => {
                let (position, client_id) = (row.position, row.client_id);
                let revoked = RevokedToken { position, client_id, forget_after: row.expires_at };
                view.put_revoked_token(row.jti, revoked);
            }
        }
        Ok(())
    }
}

impl Loaded for Loading<'_> {
    fn row(&mut self, realm: RealmLabel, row: TableRow) -> Result<(), StoreError> {
        if self.failed.is_none()
            && let Err(error) = self.fill(&realm, row)
        {
            self.failed = Some(error);
        }
        Ok(())
    }
}
