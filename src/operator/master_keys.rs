//! Manages master keys: created, added, promoted once every server holds the key, and removed once unused.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use claviger_contract::Timestamp;

use crate::config::Settings;
use crate::crypto::{Keyring, MasterKeys};
use crate::operator::beside::Beside;
use crate::operator::maintenance::Progress;
use crate::operator::sealed_parts::wrapped_again;
use crate::serve::ServeError;
use crate::serve::Sources;
use crate::serve::system_sources;
use crate::store::{HeldKeys, KeyHolder, Store, UsedMasterKey};
use claviger_domain::SigningKey;

/// A server reads the file and the database twice a second. A dead server has lost its lease by then.
const SERVERS_HEAR_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The tolerated clock difference between nodes. Secrets made around a promotion are counted for both keys.
const CLOCK_LEEWAY: i64 = 60;

/// What depends on one master key.
pub struct MasterKeyUse {
    pub id: String,
    pub role: MasterKeyRole,
    pub sealed: usize,
    /// Live client secrets and tokens whose digests may use it.
    pub digests: i64,
    /// Running servers that do not hold it, or whose version does not report it.
    pub missing_at: Vec<String>,
    /// Whether one of them has reported that it lacks the key.
    pub is_missing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasterKeyRole {
    /// Seals new secrets.
    Active,
    /// Was active before.
    Retired,
    /// Added, but not promoted yet.
    Added,
}

pub struct Promoted {
    pub id: String,
    pub resealed: usize,
}

/// Creates the master key file if it is missing; returns its path.
pub fn init_keys(settings: &Settings) -> Result<PathBuf, ServeError> {
    Ok(MasterKeys::create(&settings.keys_dir, &*system_sources().randomness)?)
}

pub fn list_keys(settings: &Settings) -> Result<Vec<MasterKeyUse>, ServeError> {
    let keys = MasterKeys::load(&settings.keys_dir)?.ids();
    let place = Place::open(settings)?;
    let used = place.used(&keys)?;
    let holders = place.holders()?;
    let uses = keys.iter().map(|id| place.uses(id, &used, &holders));
    uses.collect()
}

/// Adds a key to the file, which opens and seals nothing yet. Returns an added key that is not promoted yet, if there
/// is one.
pub fn add_key(settings: &Settings) -> Result<String, ServeError> {
    let keys = MasterKeys::load(&settings.keys_dir)?.ids();
    let place = Place::open(settings)?;
    place.store.begin_master_keys(&keys, place.now())?;
    let used = place.store.master_keys()?;
    match keys.iter().find(|id| role(id, &used) == MasterKeyRole::Added) {
        Some(id) => Ok(id.clone()),
        None => Ok(MasterKeys::add(&settings.keys_dir, &*place.sources.randomness)?),
    }
}

/// Seals everything under an added key; refused while a running server does not hold it. It can be interrupted and
/// repeated at any point: every sealed secret opens with a key that every server holds.
pub fn promote_key(
    settings: &Settings,
    id: Option<&str>,
    progress: Progress<'_>,
) -> Result<Promoted, ServeError> {
    let keys = MasterKeys::load(&settings.keys_dir)?.ids();
    let place = Place::open(settings)?;
    place.store.begin_master_keys(&keys, place.now())?;
    let used = place.store.master_keys()?;
    let id = match id {
        Some(id) => id.to_owned(),
        None => keys
            .iter()
            .find(|id| role(id, &used) == MasterKeyRole::Added)
            .or_else(|| keys.iter().find(|id| role(id, &used) == MasterKeyRole::Active))
            .cloned()
            .unwrap_or_default(),
    };
    if !keys.contains(&id) {
        let file = MasterKeys::file(&settings.keys_dir);
        return Err(ServeError::Refused(format!("{} has no master key {id}", file.display())));
    }
    if role(&id, &used) == MasterKeyRole::Retired {
        return Err(ServeError::Refused(format!(
            "master key {id} was in use before and is retired: add a new one with `claviger keys add`"
        )));
    }
    let missing = place.wait_for_servers(|held| held.opens.contains(&id))?;
    if !missing.is_empty() {
        return Err(ServeError::Refused(format!(
            "master key {id} is not promoted, because these servers do not hold it: {}. Copy {} to each of them, where it \
             is read within a second, then run `claviger keys promote {id}`. Nothing is sealed under it yet",
            missing.join(", "),
            MasterKeys::file(&settings.keys_dir).display()
        )));
    }
    place.store.promote_master_key(&id, place.now())?;
    let behind = place.wait_for_servers(|held| held.seals == id)?;
    if !behind.is_empty() {
        return Err(ServeError::Refused(format!(
            "master key {id} is promoted, but these servers still seal under another: {}. Run `claviger keys promote {id}` \
             again when they follow the database",
            behind.join(", ")
        )));
    }
    place.store.settle_master_key(&id, place.now())?;
    let resealed = place.reseal(settings, &id, progress)?;
    MasterKeys::put_first(&settings.keys_dir, &id)?;
    Ok(Promoted { id, resealed })
}

/// Refused while anything depends on the key.
pub fn remove_key(settings: &Settings, id: &str) -> Result<(), ServeError> {
    let keys = MasterKeys::load(&settings.keys_dir)?.ids();
    let place = Place::open(settings)?;
    if keys.iter().any(|key| key == id) {
        let used = place.used(&keys)?;
        let left = place.uses(id, &used, &place.holders()?)?;
        let refused =
            |why: String| Err(ServeError::Refused(format!("master key {id} is not removed: {why}")));
        if left.role == MasterKeyRole::Active {
            return refused("new secrets are sealed under it".to_owned());
        }
        if left.sealed > 0 {
            return refused(format!(
                "{} secrets are sealed under it; `claviger keys promote` seals them under the active one",
                left.sealed
            ));
        }
        if left.digests > 0 {
            return refused(format!(
                "{} valid client keys and tokens may depend on it and would be refused; renew or revoke them first",
                left.digests
            ));
        }
    }
    Ok(MasterKeys::remove(&settings.keys_dir, id)?)
}

fn role(id: &str, used: &[UsedMasterKey]) -> MasterKeyRole {
    match used.iter().position(|key| key.id == id) {
        None => MasterKeyRole::Added,
        Some(place) if place + 1 == used.len() => MasterKeyRole::Active,
        Some(_) => MasterKeyRole::Retired,
    }
}

/// The database and the servers that use it.
struct Place<'a> {
    settings: &'a Settings,
    beside: Beside,
    store: Store,
    sources: Sources,
}

impl<'a> Place<'a> {
    fn open(settings: &'a Settings) -> Result<Self, ServeError> {
        let beside = Beside::look(settings)?;
        let store = Store::open(&settings.database_url)?;
        Ok(Self { settings, beside, store, sources: system_sources() })
    }

    fn now(&self) -> Timestamp {
        self.sources.clock.now()
    }

    /// Before the first rotation, returns the initial list.
    fn used(&self, keys: &[String]) -> Result<Vec<UsedMasterKey>, ServeError> {
        let used = self.store.master_keys()?;
        if !used.is_empty() {
            return Ok(used);
        }
        let settled_at = Some(self.now());
        let of_file = |id: &String| UsedMasterKey { id: id.clone(), promoted_at: None, settled_at };
        Ok(keys.iter().rev().map(of_file).collect())
    }

    fn holders(&self) -> Result<Vec<KeyHolder>, ServeError> {
        // On SQLite the row of the last server remains after it stops.
        if self.settings.database_url.sqlite_path().is_some() && !self.beside.is_served()? {
            return Ok(Vec::new());
        }
        Ok(self.store.key_holders()?)
    }

    fn uses(
        &self,
        id: &str,
        used: &[UsedMasterKey],
        holders: &[KeyHolder],
    ) -> Result<MasterKeyUse, ServeError> {
        let role = role(id, used);
        let sealed = self.store.sealed_under()?.iter().filter(|under| *under == id).count();
        let sealed = sealed + self.store.wrapped_under(id)?;
        let place = used.iter().position(|key| key.id == id);
        let digests = match place.and_then(|place| Some((place, used.get(place)?))) {
            None => 0,
            Some((place, key)) => {
                let next = used.get(place + 1).map(|next| next.settled_at.unwrap_or_else(|| self.now()));
                let until = next.unwrap_or_else(|| self.now()).plus_seconds(CLOCK_LEEWAY);
                let from = key.promoted_at.map(|at| at.plus_seconds(-CLOCK_LEEWAY));
                self.store.live_digests_made(from, until, self.now())?
            }
        };
        let missing_at = names(holders.iter(), |held| held.opens.iter().any(|one| one == id));
        let lacks = |holder: &KeyHolder| {
            holder.keys.as_ref().is_some_and(|held| !held.opens.iter().any(|one| one == id))
        };
        let is_missing = holders.iter().any(lacks);
        Ok(MasterKeyUse { id: id.to_owned(), role, sealed, digests, missing_at, is_missing })
    }

    /// Returns the servers that do not report it within the time. A row that was not renewed belongs to a dead server.
    fn wait_for_servers(&self, is_so: impl Fn(&HeldKeys) -> bool) -> Result<Vec<String>, ServeError> {
        let clock = &self.sources.clock;
        let begun = clock.since_boot();
        let mut first_seen: BTreeMap<String, i64> = BTreeMap::new();
        let is_sqlite = self.settings.database_url.sqlite_path().is_some();
        loop {
            let holders = self.holders()?;
            for holder in &holders {
                first_seen.entry(holder.incarnation.clone()).or_insert(holder.lease_seq);
            }
            let waited_out = clock.since_boot().saturating_sub(begun) > SERVERS_HEAR_WITHIN;
            let is_dead = |holder: &&KeyHolder| {
                waited_out && !is_sqlite && first_seen.get(&holder.incarnation) == Some(&holder.lease_seq)
            };
            let silent = is_sqlite && holders.is_empty() && self.beside.is_served()?;
            let mut missing = names(holders.iter().filter(|holder| !is_dead(holder)), &is_so);
            if silent {
                missing.push("the running server".to_owned());
            }
            if missing.is_empty() || waited_out {
                return Ok(missing);
            }
            pause();
        }
    }

    /// Seals everything again that is sealed under another key.
    fn reseal(&self, settings: &Settings, id: &str, progress: Progress<'_>) -> Result<usize, ServeError> {
        let keyring = Keyring::watch(&settings.keys_dir)?;
        if !keyring.activate(id) {
            return Err(ServeError::Refused(format!("master key {id} is no longer in the file")));
        }
        let randomness = &*self.sources.randomness;
        let mut resealed = self.store.reseal(|realm, kid, sealed| {
            let identity = SigningKey::sealed_identity(realm, kid);
            let opened = keyring.open(&identity, sealed);
            let resealed = opened.and_then(|plain| keyring.seal(&identity, &plain, randomness));
            resealed.map_err(|error| error.to_string())
        })?;
        loop {
            let wrapped = self.store.wrap_next(id, &mut |part| wrapped_again(&keyring, part, randomness))?;
            match wrapped {
                0 => return Ok(resealed),
                wrapped => resealed += wrapped,
            }
            progress(resealed as u64);
        }
    }
}

/// The names of servers for which it does not hold.
fn names<'a>(holders: impl Iterator<Item = &'a KeyHolder>, is_so: impl Fn(&HeldKeys) -> bool) -> Vec<String> {
    let lacking = holders.filter(|holder| !holder.keys.as_ref().is_some_and(&is_so));
    lacking
        .map(|holder| match holder.keys {
            Some(_) => holder.name.clone(),
            None => format!("{} (an older version)", holder.name),
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "servers poll the file and the database themselves")]
fn pause() {
    std::thread::sleep(LOOK_EVERY);
}
