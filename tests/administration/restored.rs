//! Backups, restores and copies of the database of a test.

use std::path::PathBuf;
use std::sync::Arc;

use claviger::config::Settings;
use claviger::crypto::SystemRandomness;
use claviger::operator::{RestoreDone, RestoreFrom, backup, restore_from};
use claviger::serve::{Sources, SystemClock};

use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{World, settings};

pub fn settings_of(world: &World) -> Settings {
    settings(world.folder.path(), world.address, &world.database_url)
}

pub fn take(world: &World) -> PathBuf {
    let file = world.folder.path().join("yesterday.backup");
    backup(&settings_of(world), &file, &mut |_| {}).expect("a backup");
    file
}

/// Restores into an empty database of the same kind.
pub fn put_back(
    world: &mut World,
    place: impl Fn(Settings) -> Settings,
    from: &RestoreFrom<'_>,
) -> RestoreDone {
    world.stop();
    world.database_url = match world.database_url.starts_with("sqlite") {
        true => {
            format!("sqlite://{}/restored-{}.db", world.folder.path().display(), world.database_url.len())
        }
        false => Postgres::shared().fresh_database(),
    };
    // Backups and restores use the time of this machine; the server's own clock stands still.
    let sources = Sources { clock: Arc::new(SystemClock), randomness: Arc::new(SystemRandomness::new()) };
    restore_from(&place(settings_of(world)), &sources, from, &mut |_| {}).expect("a restore")
}

/// A second database with the current contents of the first.
pub fn copy_of_database(world: &mut World) -> String {
    world.stop();
    let copy = match world.database_url.strip_prefix("sqlite://") {
        Some(path) => {
            let copy = format!("{path}.yesterday");
            std::fs::copy(path, &copy).expect("a copy");
            format!("sqlite://{copy}")
        }
        None => {
            let copy = Postgres::shared().fresh_database();
            let name = |url: &str| {
                url.split_once(":///")
                    .and_then(|(_, rest)| rest.split_once('?'))
                    .expect("a name")
                    .0
                    .to_owned()
            };
            let (from, to) = (name(&world.database_url), name(&copy));
            let elsewhere = copy.replacen(&to, "postgres", 1);
            Postgres::shared().psql(&elsewhere, &format!("DROP DATABASE {to}"));
            Postgres::shared().psql(&elsewhere, &format!("CREATE DATABASE {to} TEMPLATE {from}"));
            copy
        }
    };
    world.restart();
    copy
}

pub fn whoami(world: &World, token: &str) -> u16 {
    world.send(&Request::get(&world.path("/whoami")).bearer(token)).status
}
