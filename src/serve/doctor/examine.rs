//! The order of an examination: what others stand on comes first.

use super::findings::Findings;
use super::{database, machine};
use crate::config::Settings;
use crate::crypto::{Keyring, MasterKeys};
use crate::serve::run::system_sources;
use crate::store::Care;

pub fn examine(settings: &Settings) -> Findings {
    let mut findings = Findings::default();
    let now = system_sources().clock.now();
    machine::clock(now, &mut findings);
    machine::keys_folder(settings, &mut findings);
    machine::disk_space(settings, &mut findings);
    let keyring = master_key(settings, &mut findings);
    let mut care = match Care::open(&settings.database_url) {
        Ok(care) => care,
        Err(error) => {
            let advice = "make one with `claviger realm create NAME --owner EMAIL`, or correct database_url or data_dir";
            findings.wrong("database", error.to_string(), advice);
            return findings;
        }
    };
    findings.fine("database", format!("{} is reachable", settings.database_url));
    if !database::migrations(&mut care, &mut findings) {
        return findings;
    }
    let examined = database::audit_trail(&mut care, now, &mut findings)
        .and_then(|()| database::signing_keys(&mut care, keyring.as_ref(), &mut findings))
        .and_then(|()| database::servers(settings, &mut care, &mut findings))
        .and_then(|()| care.realms());
    match examined {
        Ok(realms) => machine::public_url(settings, realms.first().map(String::as_str), &mut findings),
        Err(error) => {
            findings.wrong("database", error.to_string(), "restore a backup into an empty database")
        }
    }
    findings
}

fn master_key(settings: &Settings, findings: &mut Findings) -> Option<Keyring> {
    let loaded = MasterKeys::load(&settings.keys_dir).map_err(|error| error.to_string());
    match loaded.and_then(|keys| Keyring::derive(&keys).map_err(|error| error.to_string())) {
        Ok(keyring) => {
            findings.fine("master key", "can be read, by its owner alone");
            Some(keyring)
        }
        Err(error) => {
            findings.wrong("master key", error, "put the file back from its copy, with mode 0600");
            None
        }
    }
}
