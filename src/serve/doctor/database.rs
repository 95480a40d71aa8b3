//! What is in the database: as new as the program, as old as the clock, and opened by the master key.

use claviger_contract::{RealmLabel, Timestamp};

use super::findings::Findings;
use crate::config::Settings;
use crate::crypto::Keyring;
use crate::domain::{KeyRole, SigningKey};
use crate::serve::assemble::Node;
use crate::store::{Care, StoreError};

/// Enough to find a fresh cut or edit, and read in no time.
const LAST_EVENTS: i64 = 500;

/// How far the clocks of two machines may differ.
const CLOCK_LEEWAY: i64 = 60;

/// Whether the rest can be read at all.
pub fn migrations(care: &mut Care, findings: &mut Findings) -> bool {
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
            findings.wrong("migrations", error.to_string(), "look whether this is claviger's database");
            false
        }
    }
}

pub fn audit_trail(care: &mut Care, now: Timestamp, findings: &mut Findings) -> Result<(), StoreError> {
    match care.verify_last_audit_events(LAST_EVENTS)? {
        None => findings.fine("audit trail", "its last events fit"),
        Some(fault) => findings.wrong("audit trail", fault.to_string(), "claviger audit verify"),
    }
    if let Some(newest) = care.newest_audit_event()?.filter(|at| *at > now.plus_seconds(CLOCK_LEEWAY)) {
        let advice = "set the clock right: tokens live longer under a clock that is behind";
        findings.wrong("clock", format!("says {now}, but an act was recorded at {newest}"), advice);
    }
    Ok(())
}

pub fn signing_keys(
    care: &mut Care,
    keyring: Option<&Keyring>,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let keys = care.sealed_keys()?;
    if let Some(keyring) = keyring {
        let closed = keys.iter().find(|key| {
            key.realm.parse::<RealmLabel>().map_or(true, |realm| {
                keyring.open(&SigningKey::sealed_identity(&realm, &key.kid), &key.sealed).is_err()
            })
        });
        match closed {
            None => findings.fine("master key fits", format!("it opens all {} signing keys", keys.len())),
            Some(key) => findings.wrong(
                "master key fits",
                format!("it does not open the signing key {} of realm {}", key.kid, key.realm),
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

/// Of a database that one server has to itself.
pub fn server(settings: &Settings, findings: &mut Findings) {
    let found = match Node::is_served(settings) {
        Ok(true) => "a server answers from this database",
        _ => "no server answers from this database",
    };
    findings.fine("servers", found);
}
