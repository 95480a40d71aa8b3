//! Settings of a server in a test.

use std::net::SocketAddr;
use std::path::Path;

use claviger::config::{LogFormat, Settings};
use claviger_domain::Limits;

pub fn settings(folder: &Path, listen: SocketAddr, database_url: &str) -> Settings {
    Settings {
        listen,
        public_url: format!("http://{listen}"),
        database_url: database_url.parse().expect("a database URL"),
        keys_dir: folder.join("keys"),
        data_dir: folder.to_owned(),
        node_name: "node-1".into(),
        trusted_proxies: Vec::new(),
        tls: None,
        metrics_listen: None,
        otlp_endpoint: None,
        workers: Some(1),
        log_format: LogFormat::Text,
        log_level: "warn".into(),
        auth_failures_per_address: 10,
        auth_failures_per_client: 5,
        token_cache_bytes: Settings::DEFAULT_TOKEN_CACHE_BYTES,
        audit_retention_days: None,
        log_retention_days: None,
        ended_token_retention_days: None,
        ended_credential_retention_days: None,
        limits: Limits::default(),
        max_connections: None,
        max_connections_per_address: None,
        keep_alive_seconds: Settings::DEFAULT_KEEP_ALIVE_SECONDS,
        vault_catalogue: None,
        vault_allowed_hosts: Vec::new(),
        vault_ca_file: None,
        vault_revalidation_hours: None,
        vault_pull_minutes: None,
        webhook_allowed_hosts: Vec::new(),
        sign_in_allowed_hosts: Vec::new(),
        sign_in_ca_file: None,
        trust_clock: false,
    }
}
