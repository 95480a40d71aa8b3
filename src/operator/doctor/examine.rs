//! The order of the checks: prerequisites come first.

use crate::config::Settings;
use crate::crypto::{Keyring, MasterKeys};
use crate::operator::doctor::findings::Findings;
use crate::operator::doctor::watch::Watched;
use crate::operator::doctor::{cluster, database, files, history, machine, shared_database};
use crate::serve::Sources;
use crate::serve::file_limit;
use crate::serve::system_sources;
use crate::store::{Maintenance, StoreError};
use claviger_domain::DatabaseUrl;

/// Of the change log: enough to find a fork or a recent edit, and fast to read.
const LAST_ROWS: u32 = 1_000;

pub fn examine(settings: &Settings) -> Findings {
    let mut findings = Findings::default();
    let sources = system_sources();
    let now = sources.clock.now();
    machine::clock(now, &mut findings);
    machine::keys_folder(settings, &mut findings);
    files::are_private(settings, &mut findings);
    machine::certificate(settings, now, &mut findings);
    machine::disk_space(settings, &mut findings);
    machine::open_files(settings, file_limit::attainable_here(), &mut findings);
    let keyring = master_key(settings, &mut findings);
    let mut care = match Maintenance::open(&settings.database_url) {
        Ok(care) => care,
        Err(error) => {
            let advice = match settings.database_url {
                DatabaseUrl::Sqlite(_) => {
                    "create one with `claviger realm create NAME --owner EMAIL`, or correct database_url or data_dir"
                }
                DatabaseUrl::Postgres(_) => {
                    "start it, or correct database_url: after three seconds without it, every node answers 503 and \
                     nothing can be revoked"
                }
            };
            findings.wrong("database", error.to_string(), advice);
            return findings;
        }
    };
    findings.fine("database", format!("{} is reachable", settings.database_url));
    if !database::migrations(&mut care, &mut findings) {
        return findings;
    }
    let examined = care.newest_event().map(|newest| machine::clock_and_log(now, newest, &mut findings));
    let examined = examined
        .and_then(|()| database::audit_trail(&mut care, now, &mut findings))
        .and_then(|()| database::readable(&mut care, &mut findings))
        .map(|()| history::is_kept(settings, &mut findings))
        .and_then(|()| database::signing_keys(&mut care, keyring.as_ref(), &mut findings))
        .and_then(|()| database::master_keys(settings, &mut findings))
        .and_then(|()| servers(settings, &mut care, &sources, &mut findings))
        .and_then(|()| care.realms());
    match examined {
        Ok(realms) => machine::public_url(settings, realms.first().map(String::as_str), &mut findings),
        Err(error) => {
            findings.wrong("database", error.to_string(), "restore a backup into an empty database")
        }
    }
    findings
}

fn servers(
    settings: &Settings,
    care: &mut Maintenance,
    sources: &Sources,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let Some(setup) = care.setup()? else {
        database::server(settings, findings);
        return Ok(());
    };
    let watched = Watched::look(care, &*sources.clock)?;
    cluster::nodes(&watched, findings);
    cluster::log(&watched, care.verify_last_log_rows(LAST_ROWS), findings);
    shared_database::writes(&setup, findings);
    shared_database::durability(&setup, findings);
    shared_database::connections(&setup, watched.servers(), findings);
    shared_database::clock(&setup, sources.clock.now(), findings);
    Ok(())
}

fn master_key(settings: &Settings, findings: &mut Findings) -> Option<Keyring> {
    let loaded = MasterKeys::load(&settings.keys_dir).map_err(|error| error.to_string());
    match loaded.and_then(|keys| Keyring::derive(&keys).map_err(|error| error.to_string())) {
        Ok(keyring) => {
            let ids = keyring.ids().join(", ");
            findings.fine("master key", format!("can be read only by its owner (opens {ids})"));
            Some(keyring)
        }
        Err(error) => {
            findings.wrong("master key", error, "restore the file from its copy, with mode 0600");
            None
        }
    }
}
