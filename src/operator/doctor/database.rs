//! Checks the database against the program's migrations, the clock and the master key.

use claviger_contract::Timestamp;

use crate::config::Settings;
use crate::crypto::Keyring;
use crate::operator::beside::Beside;
use crate::operator::damage::damage;
use crate::operator::doctor::findings::Findings;
use crate::operator::master_keys::MasterKeyRole;
use crate::operator::master_keys::list_keys;
use crate::operator::sealed_parts::opens;
use crate::store::{Maintenance, StoreError};
use claviger_domain::KeyRole;

/// Enough to find a recent cut or edit, and fast to read.
const LAST_EVENTS: i64 = 500;

/// The tolerated difference between the clocks of two machines.
const CLOCK_LEEWAY: i64 = 60;

/// Returns whether the other data can be read.
pub fn migrations(care: &mut Maintenance, findings: &mut Findings) -> bool {
    match care.migrations() {
        Ok(state) => match state.refuse_pending() {
            Ok(()) => {
                let last = state.applied.last().cloned().unwrap_or_default();
                findings.fine("migrations", format!("the tables are up to date ({last})"));
                true
            }
            Err(error) => {
                findings.wrong("migrations", error.to_string(), "claviger migrate");
                false
            }
        },
        Err(error) => {
            findings.wrong("migrations", error.to_string(), "check that this is a Claviger database");
            false
        }
    }
}

pub fn audit_trail(
    care: &mut Maintenance,
    now: Timestamp,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    match care.verify_last_audit_events(LAST_EVENTS)? {
        None => findings.fine("audit trail", "its last events are valid"),
        Some(fault) => findings.wrong("audit trail", fault.to_string(), "claviger audit verify"),
    }
    if let Some(newest) = care.newest_audit_event()?.filter(|at| *at > now.plus_seconds(CLOCK_LEEWAY)) {
        let advice = "correct the clock: tokens stay valid longer under a clock that is behind";
        findings.wrong("clock", format!("says {now}, but an event was recorded at {newest}"), advice);
    }
    Ok(())
}

/// Reads log and tables as a starting server does.
pub fn readable(care: &mut Maintenance, findings: &mut Findings) -> Result<(), StoreError> {
    match damage(care)? {
        None => findings.fine("data", "the change log and the tables can be read"),
        Some(found) => {
            let advice = "claviger repair log; if the tables are damaged, restore a backup";
            findings.wrong("data", found, advice);
        }
    }
    Ok(())
}

pub fn signing_keys(
    care: &mut Maintenance,
    keyring: Option<&Keyring>,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let keys = care.signing_keys()?;
    if let Some(keyring) = keyring {
        let parts = care.sealed_parts()?;
        let others = parts.len() - keys.len();
        match parts.iter().find(|part| !opens(keyring, part)) {
            None => {
                let keys = keys.len();
                let opened = match others {
                    0 => format!("it opens all {keys} signing keys"),
                    _ => {
                        format!(
                            "it opens all {keys} signing keys and {others} secrets of source credentials, webhooks and sign-in providers"
                        )
                    }
                };
                findings.fine("master key fits", opened);
            }
            Some(part) => findings.wrong(
                "master key fits",
                format!("it does not open the {part}"),
                "put the master key of this database into the keys folder",
            ),
        }
    }
    for role in [KeyRole::Active, KeyRole::Next] {
        let what = if role == KeyRole::Active { "active keys" } else { "next keys" };
        let lacking = care
            .realms()?
            .into_iter()
            .find(|realm| !keys.iter().any(|key| key.realm == *realm && key.role == role.as_str()));
        match lacking {
            None => findings
                .fine(what, format!("every realm has a key with the role {role}", role = role.as_str())),
            Some(realm) => findings.wrong(
                what,
                format!("realm {realm} has no key with the role {role}", role = role.as_str()),
                "claviger signing-key rotate",
            ),
        }
    }
    Ok(())
}

/// The active master key, and the running servers that lack a key.
pub fn master_keys(settings: &Settings, findings: &mut Findings) -> Result<(), StoreError> {
    // An unreadable file was reported before.
    let Ok(keys) = list_keys(settings) else { return Ok(()) };
    for key in &keys {
        let servers = key.missing_at.join(", ");
        if key.role == MasterKeyRole::Active && key.is_missing {
            findings.wrong(
                "master keys",
                format!("{} is in use, and these servers do not hold it: {servers}", key.id),
                "copy master.key to them from this node: they read it within a second",
            );
            return Ok(());
        }
        if key.role == MasterKeyRole::Added {
            findings.fine("master keys", format!("{} was added and is not promoted yet", key.id));
        }
    }
    if let Some(active) = keys.iter().find(|key| key.role == MasterKeyRole::Active) {
        findings.fine("master keys", format!("{} is in use", active.id));
        return Ok(());
    }
    findings.wrong(
        "master keys",
        "the key that the database's secrets are sealed under is not in the file",
        "put the master key of this database into the keys folder",
    );
    Ok(())
}

/// For a database with one server.
pub fn server(settings: &Settings, findings: &mut Findings) {
    match Beside::look(settings).and_then(|beside| beside.is_served()) {
        Ok(true) => findings.fine("servers", "a server uses this database"),
        Ok(false) => findings.fine("servers", "no server uses this database"),
        Err(error) => findings.wrong("servers", error.to_string(), "check the path and its file"),
    }
}
