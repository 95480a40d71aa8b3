//! The settings of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use claviger_domain::{DatabaseUrl, Limits, Network};

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
    /// How long a connection stays open between two requests.
    pub keep_alive_seconds: u64,
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
    /// Source types beside the built-in ones, as a file.
    pub vault_catalogue: Option<PathBuf>,
    /// Hosts of third parties that may have private addresses and plain http.
    pub vault_allowed_hosts: Vec<String>,
    /// Certificate authorities of third parties beside the public ones, in PEM.
    pub vault_ca_file: Option<PathBuf>,
    /// How often stored credentials of third parties are validated again; `None` only when a pipeline was refused.
    pub vault_revalidation_hours: Option<u32>,
    /// How often the lists of sources are pulled; `None` never.
    pub vault_pull_minutes: Option<u32>,
    /// Hosts of webhooks that may have private addresses and plain http.
    pub webhook_allowed_hosts: Vec<String>,
    /// Hosts of sign-in providers that may have private addresses, and plain http on this machine.
    pub sign_in_allowed_hosts: Vec<String>,
    /// Certificate authorities of sign-in providers beside the public ones, in PEM.
    pub sign_in_ca_file: Option<PathBuf>,
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
    /// Longer than the 60 s for which common load balancers keep idle connections: the side that reuses a connection must
    /// be the one that closes it.
    pub const DEFAULT_KEEP_ALIVE_SECONDS: u64 = 75;

    pub const MAX_WORKERS: usize = 512;

    /// 32 MiB: about 13,000 presented tokens, or 100,000 tokens that were only issued.
    pub const DEFAULT_TOKEN_CACHE_BYTES: usize = 32 * 1024 * 1024;
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
