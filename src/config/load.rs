//! Reads all settings, and fills in the defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::addresses::{allowed_hosts, metrics_listen, networks, public_url, tls};
use crate::config::base_url::{COLLECTOR, base_url};
use crate::config::error::ConfigError;
use crate::config::flags::Flags;
use crate::config::numbers::{days, interval, path, whole, whole_or_off};
use crate::config::settings::{LogFormat, Settings};
use crate::config::sources::Sources;
use claviger_domain::{Bound, DatabaseUrl, Limits};

/// More than the number of open files that a process may ever have.
const MAX_CONNECTIONS: usize = 1 << 20;

/// 1 TiB.
const MAX_TOKEN_CACHE_BYTES: usize = 1 << 40;

const MAX_FAILURES_PER_SECOND: u32 = 1_000_000;

/// 90 days.
const MAX_REVALIDATION_HOURS: u32 = 2_160;

/// 30 days.
const MAX_PULL_MINUTES: u32 = 43_200;

pub fn load(flags: &Flags) -> Result<Settings, ConfigError> {
    settle(&Sources::read(flags)?, flags.dev)
}

pub(super) fn settle(sources: &Sources, dev: bool) -> Result<Settings, ConfigError> {
    let listen: SocketAddr = sources
        .get("listen", "an address and a port, such as 127.0.0.1:8080")?
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let trusted_proxies = networks(sources)?;
    let tls = tls(sources)?;
    if !listen.ip().is_loopback() && trusted_proxies.is_empty() && tls.is_none() {
        return Err(ConfigError::Refused(format!(
            "listen {listen} is not a loopback address, and this server speaks plain http: set tls_cert and tls_key, set \
             trusted_proxies to the addresses of the TLS proxy in front of it, or listen on 127.0.0.1"
        )));
    }
    let default_data_dir = if dev { "data/dev" } else { "data" };
    let data_dir = path(sources, "data_dir", "a folder")?.unwrap_or_else(|| PathBuf::from(default_data_dir));
    let default_keys_dir = if dev { data_dir.join("keys") } else { PathBuf::from("keys") };
    let expected_database = "sqlite://PATH or postgres://USER@HOST/DATABASE";
    let settings = Settings {
        public_url: public_url(sources, listen, dev, tls.is_some())?,
        database_url: sources
            .get("database_url", expected_database)?
            .unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("claviger.db"))),
        keys_dir: path(sources, "keys_dir", "a folder")?.unwrap_or(default_keys_dir),
        node_name: node_name(sources)?.unwrap_or_else(host_name),
        trusted_proxies,
        tls,
        metrics_listen: metrics_listen(sources, listen)?,
        otlp_endpoint: base_url(sources, "otlp_endpoint", &COLLECTOR)?,
        workers: whole(sources, "workers", "threads", 1..=Settings::MAX_WORKERS)?,
        max_connections: whole(sources, "max_connections", "connections", 1..=MAX_CONNECTIONS)?,
        max_connections_per_address: whole(
            sources,
            "max_connections_per_address",
            "connections",
            1..=MAX_CONNECTIONS,
        )?,
        // Bounded: an idle connection takes one of the client's connections.
        keep_alive_seconds: whole(sources, "keep_alive_seconds", "seconds", 1..=3_600)?
            .unwrap_or(Settings::DEFAULT_KEEP_ALIVE_SECONDS),
        log_format: sources.get("log_format", "text or json")?.unwrap_or(LogFormat::Text),
        log_level: log_level(sources)?.unwrap_or_else(|| "info".to_owned()),
        auth_failures_per_address: failures(sources, "auth_failures_per_address")?.unwrap_or(10),
        auth_failures_per_client: failures(sources, "auth_failures_per_client")?.unwrap_or(5),
        token_cache_bytes: whole_or_off(
            sources,
            "token_cache_bytes",
            "bytes",
            MAX_TOKEN_CACHE_BYTES,
            "disable the cache",
        )?
        .unwrap_or(Settings::DEFAULT_TOKEN_CACHE_BYTES),
        audit_retention_days: days(sources, "audit_retention_days", None)?,
        log_retention_days: days(sources, "log_retention_days", None)?,
        ended_token_retention_days: days(sources, "ended_token_retention_days", Some(90))?,
        ended_credential_retention_days: days(sources, "ended_credential_retention_days", Some(730))?,
        limits: limits(sources)?,
        vault_catalogue: path(sources, "vault_catalogue", "a file")?,
        vault_allowed_hosts: allowed_hosts(sources, "vault_allowed_hosts")?,
        vault_ca_file: path(sources, "vault_ca_file", "a file")?,
        vault_revalidation_hours: interval(
            sources,
            "vault_revalidation_hours",
            ("hours", MAX_REVALIDATION_HOURS, Some(24)),
            "validate only what pipelines report",
        )?,
        vault_pull_minutes: interval(
            sources,
            "vault_pull_minutes",
            ("minutes", MAX_PULL_MINUTES, None),
            "pull nothing",
        )?,
        webhook_allowed_hosts: allowed_hosts(sources, "webhook_allowed_hosts")?,
        sign_in_allowed_hosts: allowed_hosts(sources, "sign_in_allowed_hosts")?,
        sign_in_ca_file: path(sources, "sign_in_ca_file", "a file")?,
        trust_clock: sources.get("trust_clock", "true or false")?.unwrap_or(false),
        listen,
        data_dir,
    };
    Ok(settings)
}

fn limits(sources: &Sources) -> Result<Limits, ConfigError> {
    let mut limits = Limits::default();
    for bound in Bound::ALL.iter().copied() {
        if let Some(limit) = sources.get(bound.setting(), "a whole number from 0 to 4294967295")? {
            limits.set(bound, limit);
        }
    }
    Ok(limits)
}

fn failures(sources: &Sources, name: &'static str) -> Result<Option<u32>, ConfigError> {
    whole_or_off(sources, name, "failures per second", MAX_FAILURES_PER_SECOND, "disable the limit")
}

/// It is shown in receipts and metrics, and is part of a row of the database.
fn node_name(sources: &Sources) -> Result<Option<String>, ConfigError> {
    let expected = "a name of 1 to 255 characters, without control characters";
    match sources.get::<String>("node_name", expected)? {
        Some(name) if !(1..=255).contains(&name.chars().count()) || name.chars().any(char::is_control) => {
            Err(sources.invalid("node_name", name, expected))
        }
        name => Ok(name),
    }
}

/// A word that is no level would be taken for a module, and nothing else would be logged.
fn log_level(sources: &Sources) -> Result<Option<String>, ConfigError> {
    let expected = "error, warn, info, debug, trace, or a filter such as warn,claviger=debug";
    let Some(text) = sources.get::<String>("log_level", expected)? else { return Ok(None) };
    let is_clear = |directive: &str| {
        directive.contains('=')
            || directive.trim().parse::<LevelFilter>().is_ok() && !directive.trim().is_empty()
    };
    match text.split(',').all(is_clear) && EnvFilter::try_new(&text).is_ok() {
        true => Ok(Some(text)),
        false => Err(sources.invalid("log_level", text, expected)),
    }
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn sources(environment: &[(&'static str, &str)]) -> Sources {
        Sources::of_environment(environment)
    }

    #[test]
    fn defaults_are_those_of_a_single_machine() {
        let settings = settle(&sources(&[]), false).expect("settings");
        assert_eq!(settings.public_url, "http://127.0.0.1:8080");
        assert_eq!(settings.database_url.to_string(), "sqlite://data/claviger.db");
        assert_eq!(settings.keys_dir, PathBuf::from("keys"));
        let dev = settle(&sources(&[("listen", "127.0.0.1:9")]), true).expect("settings");
        assert_eq!(dev.keys_dir, PathBuf::from("data/dev/keys"));
        assert_eq!(dev.public_url, "http://127.0.0.1:9");
    }

    #[test]
    fn bad_settings_stop_with_the_name_the_origin_and_what_is_right() {
        let error = settle(&sources(&[("listen", "nine")]), false).expect_err("refused").to_string();
        assert_eq!(
            error,
            "setting listen (from the environment, CLAVIGER_LISTEN) is \"nine\", but must be an address and a port, \
             such as 127.0.0.1:8080"
        );
        let error = settle(&sources(&[("database_url", "mysql://u:pw@h/d")]), false)
            .expect_err("refused")
            .to_string();
        assert!(error.contains("database_url") && !error.contains("pw"), "{error}");
    }

    #[test]
    fn every_url_setting_is_refused_unless_it_is_in_its_normal_form() {
        for name in ["public_url", "otlp_endpoint"] {
            let settle = |url: &str| {
                settle(&sources(&[(name, url)]), false).map(|settings| match name {
                    "public_url" => settings.public_url,
                    _ => settings.otlp_endpoint.expect("it is set"),
                })
            };
            for (url, normal) in [
                ("https:example.org", "https://example.org"),
                ("https:/example.org/a", "https://example.org/a"),
                ("https:\\example.org", "https://example.org"),
                ("HTTPS://example.org", "https://example.org"),
                ("https://Example.org", "https://example.org"),
                ("https://example.org:443", "https://example.org"),
                (" https://example.org", "https://example.org"),
                ("https://exam\nple.org", "https://example.org"),
                ("https://example.org/a/../b", "https://example.org/b"),
                ("https://0x7f.1/", "https://127.0.0.1"),
                ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
                ("https://example.org//", "https://example.org"),
            ] {
                let error = settle(url).expect_err(url).to_string();
                assert!(error.ends_with(&format!("must be written as {normal}")), "{url}: {error}");
            }
            for url in
                ["", "x", "ftp://x", "https://", "https:///", "https://x/?q=1", "https://x/#a", "https://x?"]
            {
                let error = settle(url).expect_err(url).to_string();
                assert!(error.contains("without user, query or fragment"), "{url}: {error}");
            }
            for url in ["https://x/a//b", "https://x/a%20b", "https://x/a;b", "https://x/a:b"] {
                let error = settle(url).expect_err(url).to_string();
                assert!(error.contains("only letters, digits and -._~"), "{url}: {error}");
            }
            for url in ["https://x", "https://x:8443/a.b/c_d", "http://127.0.0.1:4318", "http://[::1]:1"] {
                assert_eq!(settle(url).expect(url), url);
                assert_eq!(settle(&format!("{url}/")).expect(url), url);
            }
        }
        for url in ["http://example.org", "https://x/realms", "https://x/api/v1", "https://x/.well-known/y"] {
            assert!(settle(&sources(&[("public_url", url)]), false).is_err(), "{url}");
        }
    }

    #[test]
    fn plain_http_off_loopback_needs_a_trusted_proxy_and_a_public_url() {
        let open = [("listen", "0.0.0.0:80"), ("public_url", "https://keys.example.org/")];
        assert!(matches!(settle(&sources(&open), false), Err(ConfigError::Refused(_))));
        let behind = [open[0], open[1], ("trusted_proxies", "10.0.0.0/8, ::1")];
        let settings = settle(&sources(&behind), false).expect("settings");
        assert_eq!(settings.public_url, "https://keys.example.org");
        assert!(settings.trusted_proxies[0].contains(IpAddr::from([10, 9, 9, 9])));
        assert!(!settings.trusted_proxies[0].contains(IpAddr::from([11, 0, 0, 1])));
        assert!(matches!(
            settle(&sources(&[behind[0], behind[2]]), false),
            Err(ConfigError::Missing("public_url", _))
        ));
    }
}
