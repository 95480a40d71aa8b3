//! Checks the machine: clock, folders, disk space, and whether clients can reach the server.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use claviger_cli::server::authorities::Authorities;
use claviger_contract::Timestamp;
use rustix::fs::statvfs;
use rustix::process::geteuid;
use serde_json::Value;
use ureq::Agent;

use crate::config::Settings;
use crate::operator::doctor::findings::Findings;
use crate::serve::{certificate_end, file_limit};

/// A correct clock is not before the day this program was made.
const EARLIEST: i64 = 1_767_225_600;

/// The tolerated difference between clocks, in seconds.
const SAME_TIME: i64 = 5;

const SPACE_NEEDED: u64 = 256 << 20;

/// A certificate that ends sooner was not renewed.
const MIN_CERTIFICATE_DAYS: i64 = 14;

const ANSWER_WITHIN: Duration = Duration::from_secs(5);

pub fn clock(now: Timestamp, findings: &mut Findings) {
    if now.epoch_seconds() < EARLIEST {
        findings.wrong("clock", format!("says {now}"), "correct it, and keep it synchronized with NTP");
    } else {
        findings.fine("clock", format!("says {now}"));
    }
}

/// A correct clock is not behind the newest event of the log.
pub fn clock_and_log(now: Timestamp, newest: Option<Timestamp>, findings: &mut Findings) {
    let Some(newest) = newest else { return };
    let behind = newest.epoch_seconds() - now.epoch_seconds();
    if behind <= SAME_TIME {
        return findings.fine("clock and log", format!("the newest event is dated {newest}"));
    }
    let found = format!(
        "the newest event is dated {newest}, {behind} s ahead of this machine's clock: a server with that clock issues no tokens \
         and deletes nothing until it has caught up"
    );
    let advice = "correct the clock; if it is correct, the clock of the server that wrote the event was wrong: \
                  correct that one, and start a single server on SQLite with --trust-clock";
    findings.wrong("clock and log", found, advice);
}

pub fn keys_folder(settings: &Settings, findings: &mut Findings) {
    let folder = &settings.keys_dir;
    let shown = folder.display();
    let file = folder.join("master.key");
    let (folder_found, file_found) = (std::fs::metadata(folder), std::fs::metadata(&file));
    let (Ok(folder_found), Ok(file_found)) = (folder_found, file_found) else {
        let advice = "create a master key with `claviger keys init`, or give its folder with --keys-dir";
        return findings.wrong("keys folder", format!("{} cannot be read", file.display()), advice);
    };
    if folder_found.mode() & 0o077 != 0 {
        let found = format!("{shown} is accessible to others (mode {:03o})", folder_found.mode() & 0o777);
        findings.wrong("keys folder", found, format!("chmod 700 {shown}"));
    } else if file_found.uid() != geteuid().as_raw() {
        let found =
            format!("{} belongs to user {}, not to the current user", file.display(), file_found.uid());
        findings.wrong("keys folder", found, "run this as the user of the server, or chown the file to them");
    } else {
        findings.fine("keys folder", format!("{shown} is accessible only to its owner"));
    }
}

/// Renewal is usually due a month before the end.
pub fn certificate(settings: &Settings, now: Timestamp, findings: &mut Findings) {
    let Some(files) = &settings.tls else { return };
    let what = "certificate";
    let end = match certificate_end(files) {
        Ok(end) => end,
        Err(error) => {
            let advice = "correct tls_cert or tls_key: no server starts with them";
            return findings.wrong(what, error.to_string(), advice);
        }
    };
    let days = (end.epoch_seconds() - now.epoch_seconds()).div_euclid(86_400);
    let shown = files.cert.display();
    // A group may read it: servers often share the keys of the machine so.
    if let Ok(found) = std::fs::metadata(&files.key)
        && found.mode() & 0o027 != 0
    {
        let key = files.key.display();
        let found = format!("{key} is accessible to others (mode {:03o})", found.mode() & 0o777);
        findings.wrong("certificate key", found, format!("chmod 600 {key}"));
    }
    if days < MIN_CERTIFICATE_DAYS {
        let found = match days {
            ..0 => format!("{shown} has expired on {end}"),
            _ => format!("{shown} expires on {end}, in {days} days"),
        };
        findings.wrong(
            what,
            found,
            "renew it, and have the server read it: systemctl reload claviger, or SIGHUP",
        );
    } else {
        findings.fine(what, format!("{shown} expires on {end}"));
    }
}

pub fn disk_space(settings: &Settings, findings: &mut Findings) {
    let file = settings.database_url.sqlite_path().and_then(Path::parent);
    let folder = file.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(&settings.data_dir);
    // For a missing path, check the disk of its nearest existing parent folder.
    let Some(there) = folder.ancestors().find(|folder| folder.exists()) else {
        return findings.fine("disk space", "this server has no data on disk yet");
    };
    match statvfs(there) {
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let found = format!("{} MB are free in {}", free >> 20, there.display());
            if free < SPACE_NEEDED {
                findings.wrong("disk space", found, "free disk space: without it nothing can be revoked");
            } else {
                findings.fine("disk space", found);
            }
        }
        Err(error) => findings.wrong(
            "disk space",
            format!("{}: {error}", there.display()),
            "check whether the disk is mounted",
        ),
    }
}

/// The limit for a server started from this shell. The limit of a service is in its unit.
pub fn open_files(settings: &Settings, files: usize, findings: &mut Findings) {
    let limits = match file_limit::connection_limits(settings, files) {
        Ok(limits) => limits,
        Err(error) => {
            let advice =
                "set LimitNOFILE=65536 in the systemd unit, or ulimit -Hn where the server is started";
            return findings.wrong("open files", error.to_string(), advice);
        }
    };
    let found = format!("{files} files may be open here, which allows {} client connections", limits.all);
    if files < file_limit::LOW {
        let advice =
            "raise the limit for the server: LimitNOFILE=65536 in the systemd unit, or ulimit -Hn 65536";
        findings.wrong("open files", found, advice);
    } else {
        findings.fine("open files", found);
    }
}

/// Requests the metadata of the first realm as a client does.
pub fn public_url(settings: &Settings, realm: Option<&str>, findings: &mut Findings) {
    let base = &settings.public_url;
    let (url, expected) = match realm {
        Some(realm) => (
            format!("{base}/realms/{realm}/.well-known/oauth-authorization-server"),
            Some(format!("{base}/realms/{realm}")),
        ),
        None => (format!("{base}/health/live"), None),
    };
    let mut config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).max_redirects(0);
    // Without them, the built-in list of public authorities.
    if let Ok(authorities) = Authorities::of_the_system() {
        config = config.tls_config(authorities.tls_config());
    }
    let agent: Agent = config.build().into();
    let answer = agent.get(&url).call().and_then(|mut answer| answer.body_mut().read_to_string());
    let text = match answer {
        Ok(text) => text,
        Err(error) => {
            let advice = "start `claviger serve`, or set public_url to the address at which clients reach it";
            return findings.wrong("public_url", format!("{url} does not answer: {error}"), advice);
        }
    };
    let issuer = serde_json::from_str::<Value>(&text)
        .ok()
        .and_then(|body| Some(body.get("issuer")?.as_str()?.to_owned()));
    if expected.is_none() || issuer == expected {
        return findings.fine("public_url", format!("{base} leads to a server with this public URL"));
    }
    let found = format!("{url} names the issuer {:?}", issuer.unwrap_or_default());
    findings.wrong("public_url", found, "give this command and the server the same public_url");
}
