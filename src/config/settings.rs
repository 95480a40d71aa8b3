//! The settings of a server, and their defaults.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::{Host, Url};

use crate::config::error::ConfigError;
use crate::config::flags::Flags;
use crate::config::sources::Sources;
use claviger_domain::{Bound, DatabaseUrl, Limits, Network};

/// All settings of a server. Errors name the origin of each.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Without a trailing slash.
    pub public_url: String,
    pub database_url: DatabaseUrl,
    pub keys_dir: PathBuf,
    pub data_dir: PathBuf,
    pub node_name: String,
    /// Forwarded headers are trusted only from these networks.
    pub trusted_proxies: Vec<Network>,
    /// Certificate chain and private key, both in PEM; `None` means plain http.
    pub tls: Option<TlsFiles>,
    /// The separate address of metrics; `None` disables them.
    pub metrics_listen: Option<SocketAddr>,
    /// Where traces are sent, as OTLP over http; `None` disables them.
    pub otlp_endpoint: Option<String>,
    /// `None` means one per core.
    pub workers: Option<usize>,
    /// Connections of all clients together; `None` means as many as the limit of open files allows.
    pub max_connections: Option<usize>,
    /// Connections of one client address, except trusted proxies.
    pub max_connections_per_address: Option<usize>,
    pub log_format: LogFormat,
    pub log_level: String,
    /// Average failed authentications per second and address; 0 disables the limit.
    pub auth_failures_per_address: u32,
    /// Average failed authentications per second and client id; 0 disables the limit.
    pub auth_failures_per_client: u32,
    /// Memory for tokens whose signature need not be verified again; 0 disables the cache.
    pub token_cache_bytes: usize,
    /// `None` keeps the audit trail forever.
    pub audit_retention_days: Option<u32>,
    /// `None` keeps the change log forever.
    pub log_retention_days: Option<u32>,
    /// `None` keeps ended tokens forever.
    pub ended_token_retention_days: Option<u32>,
    /// `None` keeps ended credentials forever.
    pub ended_credential_retention_days: Option<u32>,
    /// The maximum number of objects of each kind.
    pub limits: Limits,
    /// Start even if the clock is behind the newest event of the log.
    pub trust_clock: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Settings {
    /// 32 MiB: about 13,000 presented tokens, or 100,000 tokens that were only issued.
    pub const DEFAULT_TOKEN_CACHE_BYTES: usize = 32 * 1024 * 1024;
}

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
    let data_dir = sources.get("data_dir", "a folder")?.unwrap_or_else(|| PathBuf::from(default_data_dir));
    let default_keys_dir = if dev { data_dir.join("keys") } else { PathBuf::from("keys") };
    let expected_database = "sqlite://PATH or postgres://USER@HOST/DATABASE";
    let settings = Settings {
        public_url: public_url(sources, listen, dev, tls.is_some())?,
        database_url: sources
            .get("database_url", expected_database)?
            .unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("claviger.db"))),
        keys_dir: sources.get("keys_dir", "a folder")?.unwrap_or(default_keys_dir),
        node_name: sources.get("node_name", "a name")?.unwrap_or_else(host_name),
        trusted_proxies,
        tls,
        metrics_listen: metrics_listen(sources, listen)?,
        otlp_endpoint: otlp_endpoint(sources)?,
        workers: sources.get("workers", "a whole number of threads")?.filter(|workers| *workers > 0),
        max_connections: count(sources, "max_connections")?,
        max_connections_per_address: count(sources, "max_connections_per_address")?,
        log_format: sources.get("log_format", "text or json")?.unwrap_or(LogFormat::Text),
        log_level: sources
            .get("log_level", "error, warn, info, debug or trace")?
            .unwrap_or_else(|| "info".to_owned()),
        auth_failures_per_address: sources
            .get("auth_failures_per_address", "a whole number per second, 0 to disable")?
            .unwrap_or(10),
        auth_failures_per_client: sources
            .get("auth_failures_per_client", "a whole number per second, 0 to disable")?
            .unwrap_or(5),
        token_cache_bytes: sources
            .get("token_cache_bytes", "a whole number of bytes, 0 to disable")?
            .unwrap_or(Settings::DEFAULT_TOKEN_CACHE_BYTES),
        audit_retention_days: days(sources, "audit_retention_days")?,
        log_retention_days: days(sources, "log_retention_days")?,
        ended_token_retention_days: days_or(sources, "ended_token_retention_days", 90)?,
        ended_credential_retention_days: days_or(sources, "ended_credential_retention_days", 730)?,
        limits: limits(sources)?,
        trust_clock: sources.get("trust_clock", "true or false")?.unwrap_or(false),
        listen,
        data_dir,
    };
    Ok(settings)
}

fn tls(sources: &Sources) -> Result<Option<TlsFiles>, ConfigError> {
    match (sources.get("tls_cert", "a file")?, sources.get("tls_key", "a file")?) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (Some(_), None) => {
            Err(ConfigError::Missing("tls_key", "set it to the file with the private key of tls_cert"))
        }
        (None, Some(_)) => {
            Err(ConfigError::Missing("tls_cert", "set it to the file with the certificate of tls_key"))
        }
    }
}

fn otlp_endpoint(sources: &Sources) -> Result<Option<String>, ConfigError> {
    let expected = "an http:// or https:// URL, such as http://127.0.0.1:4318";
    let Some(text) = sources.get::<String>("otlp_endpoint", expected)? else { return Ok(None) };
    let fits = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if fits {
        Ok(Some(text.trim_end_matches('/').to_owned()))
    } else {
        Err(sources.invalid("otlp_endpoint", text, expected))
    }
}

/// Metrics must not share the port of the API.
fn metrics_listen(sources: &Sources, listen: SocketAddr) -> Result<Option<SocketAddr>, ConfigError> {
    let expected = "an address and a port, such as 127.0.0.1:9090";
    let asked: Option<SocketAddr> = sources.get("metrics_listen", expected)?;
    match asked {
        Some(metrics) if metrics.port() == listen.port() && metrics.port() != 0 => {
            let expected = "another port than the one of listen";
            Err(sources.invalid("metrics_listen", metrics.to_string(), expected))
        }
        asked => Ok(asked),
    }
}

fn public_url(
    sources: &Sources,
    listen: SocketAddr,
    dev: bool,
    has_tls: bool,
) -> Result<String, ConfigError> {
    let scheme = if has_tls { "https" } else { "http" };
    let Some(text) = sources.get::<String>("public_url", "a URL")?.filter(|_| !dev) else {
        if dev || listen.ip().is_loopback() {
            return Ok(format!("{scheme}://{listen}"));
        }
        return Err(ConfigError::Missing(
            "public_url",
            "set it to the https:// base URL at which clients reach this server",
        ));
    };
    let fits = Url::parse(&text).ok().filter(|url| {
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        (url.scheme() == "https" || (url.scheme() == "http" && loopback))
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if fits.is_none() {
        let expected = "an https:// URL without query or fragment (http:// only for a loopback address)";
        return Err(sources.invalid("public_url", text, expected));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn networks(sources: &Sources) -> Result<Vec<Network>, ConfigError> {
    let expected = "address ranges separated by commas, such as 10.0.0.0/8, fd00::/8";
    let Some(text) = sources.get::<String>("trusted_proxies", expected)? else { return Ok(Vec::new()) };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| part.parse().map_err(|_| sources.invalid("trusted_proxies", text.clone(), expected)))
        .collect()
}

fn days(sources: &Sources, name: &'static str) -> Result<Option<u32>, ConfigError> {
    Ok(sources.get(name, "a whole number of days, 0 to keep all")?.filter(|days| *days > 0))
}

fn days_or(sources: &Sources, name: &'static str, default: u32) -> Result<Option<u32>, ConfigError> {
    let days = sources.get(name, "a whole number of days, 0 to keep all")?.unwrap_or(default);
    Ok((days > 0).then_some(days))
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

fn count(sources: &Sources, name: &'static str) -> Result<Option<usize>, ConfigError> {
    let expected = "a whole number of connections, 1 or more";
    match sources.get::<usize>(name, expected)? {
        Some(0) => Err(sources.invalid(name, "0".to_owned(), expected)),
        count => Ok(count),
    }
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
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
        for url in ["http://example.org", "ftp://x", "https://x/?q=1", "x"] {
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
